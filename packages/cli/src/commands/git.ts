import type { GitConnection, GitReport } from '@cloudbox/protocol/platform-replies'
import { at } from '../api.ts'
import { command } from '../command.ts'
import { confirm, confirmOptions } from '../confirm.ts'
import { showMoment } from '../duration.ts'
import { failure } from '../failure.ts'
import { projectOf, projectOptions } from '../places.ts'
import { facts, table } from '../terminal/table.ts'

const connect = command({
  name: 'git connect',
  summary: 'Let environments come and go with the branches of a repository',
  description:
    'A push makes a branch of the environment --from; when the git branch is deleted, or its pull or merge request closed, it is removed. What is not told goes back to what it is without telling. The secret is shown once.',
  arguments: { host: { description: 'github, gitlab, or generic: whatever can sign a request' } },
  options: {
    ...projectOptions,
    from: { type: 'string', value: 'NAME', description: 'The environment to branch from' },
    repository: { type: 'string', value: 'NAME', description: 'Only this one, as acme/shop' },
    branch: {
      type: 'string',
      multiple: true,
      value: 'PATTERN',
      description: 'Branches to follow, as feature/*; all unless told',
    },
    ignore: {
      type: 'string',
      multiple: true,
      value: 'PATTERN',
      description: 'Branches not to follow: main and master unless told; never the default branch',
    },
    data: {
      type: 'string',
      value: 'WHAT',
      description: 'What comes along: none (unless told), all or sample',
    },
    'new-secret': { type: 'boolean', description: 'Replace the secret of a connection that is there' },
  },
  examples: [
    'cloudbox git connect github --from dev --branch "feature/*" --project shop',
    'cloudbox git connect gitlab --from dev --repository acme/shop --project shop',
  ],
  async run(setting, { arguments: { host }, options }) {
    const { from, repository, branch: branches, ignore, data } = options
    const project = projectOf(setting, options)
    if (from === undefined)
      throw failure('usage', 'Branches begin with an environment.', 'Say which one: --from NAME.')
    const json = await setting.api.put<GitConnection>(at`/projects/${project}/git`, {
      host,
      from,
      repository,
      branches,
      ignore,
      data,
      newSecret: options['new-secret'],
    })
    const secret: [string, string][] = json.secret === undefined ? [] : [['Secret', json.secret]]
    return {
      json,
      text: facts(setting.terminal, [['Webhook', json.webhookUrl], ...secret]),
      notes: [`Next: ${nextSteps[json.host]}`],
    }
  },
})

const nextSteps = {
  github:
    'in the settings of the repository, add this webhook as application/json for pushes, branch deletions and pull requests.',
  gitlab:
    'in the settings of the project, add this webhook with the secret token for push and merge request events.',
  generic: 'let your CI send signed requests there: templates/git has examples.',
} as const

const status = command({
  name: 'git status',
  summary: 'Show what a project follows, and what came of it last',
  options: projectOptions,
  examples: ['cloudbox git status --project shop'],
  async run(setting, { options }) {
    const { api, terminal } = setting
    const json = await api.get<GitConnection>(at`/projects/${projectOf(setting, options)}/git`)
    const text = facts(terminal, [
      ['Host', json.host],
      ['Repository', json.repository ?? 'any that knows the secret'],
      ['Branches from', json.from ?? 'an environment that was removed'],
      ['Data', json.data === 'sample' ? `a sample of ${json.samplePercent}%` : json.data],
      ['Follows', json.branches.join(', ')],
      ['Ignores', json.ignore.join(', ')],
      ['Webhook', json.webhookUrl],
      ['Last delivery', tell(json.lastDelivery)],
      ['Last failure', tell(json.lastFailure)],
    ])
    const rows = json.environments.map(({ branch, environment }) => [branch, environment])
    const list = rows.length === 0 ? '' : `\n\n${table(terminal, ['BRANCH', 'ENVIRONMENT'], rows)}`
    return { json, text: `${text}${list}` }
  },
})

const disconnect = command({
  name: 'git disconnect',
  summary: 'Follow the repository no more',
  description: 'The environments of its branches stay. Another connection has another secret.',
  options: { ...projectOptions, ...confirmOptions },
  examples: ['cloudbox git disconnect --project shop --yes shop'],
  async run(setting, { options }) {
    const project = projectOf(setting, options)
    const what = `This removes the git connection of ${project}, and its secret.`
    const stopped = await confirm(setting.terminal, { name: project, what }, options)
    if (stopped !== undefined) return stopped
    await setting.api.delete(at`/projects/${project}/git`)
    return { json: { project, disconnected: true }, text: `${project} follows no repository.` }
  },
})

export const gitCommands = [connect, status, disconnect]

function tell(report: GitReport | null): string | null {
  if (report === null) return null
  const { at: moment, event, branch, outcome, reason, problem } = report
  const why = problem?.detail ?? reason
  const what = [event, branch].filter(part => part !== undefined).join(' ')
  return `${showMoment(moment)}: ${what}: ${outcome}${why === undefined ? '' : ` (${why})`}`
}
