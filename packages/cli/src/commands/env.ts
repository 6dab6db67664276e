import type { PlatformEnvironment, Restorable } from '@cloudbox/protocol/platform-replies'
import { at } from '../api.ts'
import { command } from '../command.ts'
import { confirm, confirmOptions } from '../confirm.ts'
import { showMoment } from '../duration.ts'
import { failure } from '../failure.ts'
import { organisationOf, organisationOptions, projectOf, projectOptions } from '../places.ts'
import { restore as restoreThing } from '../restore.ts'
import { whileWaiting } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'

const name = { description: 'Its name' }

const list = command({
  name: 'env list',
  summary: 'List the environments of a project',
  options: {
    ...projectOptions,
    ...organisationOptions,
    removed: { type: 'boolean', description: 'List removed ones that can still be brought back' },
  },
  examples: ['cloudbox env list --project shop', 'cloudbox env list --project shop --removed'],
  async run(setting, { options }) {
    const { api, terminal } = setting
    const project = projectOf(setting, options)
    if (options.removed === true) {
      const organisation = await organisationOf(setting, options)
      const { removed } = await api.get<{ removed: Restorable[] }>(at`/organisations/${organisation}/removed`)
      const mine = removed.filter(one => one.kind === 'environment' && one.project === project)
      const rows = mine.map(one => [one.environment, showMoment(one.removedAt), showMoment(one.keptUntil)])
      return { json: { removed: mine }, text: table(terminal, ['NAME', 'REMOVED', 'KEPT UNTIL'], rows) }
    }
    const json = await api.get<{ environments: PlatformEnvironment[] }>(at`/projects/${project}/environments`)
    const rows = json.environments.map(one => [
      one.name,
      stateOf(one),
      one.branchOf,
      showMoment(one.createdAt),
    ])
    return { json, text: table(terminal, ['NAME', 'STATE', 'BRANCH OF', 'MADE'], rows) }
  },
})

const create = command({
  name: 'env create',
  summary: 'Make an environment, or a branch of one',
  description:
    'A branch begins with the collections, policies, settings and configuration of its parent; no token or key of the parent is good in it, personal fields are made up, and it tells nobody outside.',
  arguments: { name: { description: 'Its name in addresses: lower-case words with hyphens' } },
  options: {
    ...projectOptions,
    dev: { type: 'boolean', description: 'Tells more: what a policy hid and why; mails stay in its mailbox' },
    from: { type: 'string', value: 'NAME', description: 'Branch from this environment of the project' },
    'schema-only': { type: 'boolean', description: 'Of a branch: no documents and users (unless told)' },
    'with-data': { type: 'boolean', description: 'Of a branch: all documents and users come along' },
    sample: {
      type: 'string',
      value: 'PERCENT',
      description: 'Of a branch: so many of a hundred documents, and whatever those point to',
    },
    secrets: { type: 'boolean', description: 'Of a branch: secrets come along' },
  },
  examples: [
    'cloudbox env create staging --project shop',
    'cloudbox env create feature-x --from dev --sample 5% --project shop',
  ],
  async run(setting, { arguments: given, options }) {
    const { api, terminal, url } = setting
    const branch = readBranch(options)
    const project = projectOf(setting, options)
    const doing =
      options.from === undefined ? `Making ${given.name}` : `Making ${given.name} from ${options.from}`
    const json = await whileWaiting(terminal, doing, () =>
      api.create<PlatformEnvironment>(at`/projects/${project}/environments`, {
        name: given.name,
        dev: options.dev,
        ...branch,
      }),
    )
    const parent = json.branchOf === null ? '' : ` from ${json.branchOf}`
    return {
      json: { ...json, url: `${url}/${project}/${json.name}` },
      text: `Made ${project}/${json.name}${parent} at ${url}/${project}/${json.name}`,
      notes: [`Next: cloudbox keys create NAME --project ${project} --env ${json.name}`],
    }
  },
})

const archive = command({
  name: 'env archive',
  summary: 'Let an environment answer no requests',
  description: 'Nothing is lost: "cloudbox env restore" opens it again.',
  arguments: { name },
  options: projectOptions,
  examples: ['cloudbox env archive staging --project shop'],
  async run(setting, { arguments: given, options }) {
    const project = projectOf(setting, options)
    const json = await setting.api.patch<PlatformEnvironment>(
      at`/projects/${project}/environments/${given.name}`,
      { isArchived: true },
    )
    return {
      json,
      text: `${project}/${json.name} is archived.`,
      notes: [`Back with: cloudbox env restore ${json.name} --project ${project}`],
    }
  },
})

const restore = command({
  name: 'env restore',
  summary: 'Bring an archived or removed environment back',
  arguments: { name },
  options: { ...projectOptions, ...organisationOptions },
  examples: ['cloudbox env restore staging --project shop'],
  async run(setting, { arguments: given, options }) {
    const project = projectOf(setting, options)
    const path = at`/projects/${project}/environments/${given.name}`
    await restoreThing(setting, options, { path, project, environment: given.name })
    return {
      json: await setting.api.get<PlatformEnvironment>(path),
      text: `${project}/${given.name} is back.`,
    }
  },
})

const remove = command({
  name: 'env remove',
  summary: 'Remove an environment with everything in it',
  description: 'It can be brought back for 14 days with "cloudbox env restore".',
  arguments: { name },
  options: { ...projectOptions, ...confirmOptions },
  examples: [
    'cloudbox env remove staging --project shop --dry-run',
    'cloudbox env remove staging --project shop --yes staging',
  ],
  async run(setting, { arguments: given, options }) {
    const { api, terminal } = setting
    const project = projectOf(setting, options)
    const what = `This removes the environment ${project}/${given.name} with all its documents, users and keys.`
    const stopped = await confirm(terminal, { name: given.name, what }, options)
    if (stopped !== undefined) return stopped
    await api.delete(at`/projects/${project}/environments/${given.name}`, { confirm: given.name })
    return {
      json: { project, removed: given.name },
      text: `Removed ${project}/${given.name}.`,
      notes: [`Back within 14 days with: cloudbox env restore ${given.name} --project ${project}`],
    }
  },
})

export const environmentCommands = [list, create, archive, restore, remove]

interface BranchOptions {
  readonly from: string | undefined
  readonly 'schema-only': boolean | undefined
  readonly 'with-data': boolean | undefined
  readonly sample: string | undefined
  readonly secrets: boolean | undefined
}

/** What comes along with a branch. @throws Failure `cli/usage` */
function readBranch(options: BranchOptions): object {
  const { from, sample, secrets } = options
  const asked = (['schema-only', 'with-data', 'sample'] as const).filter(name => options[name] !== undefined)
  const [first = secrets === true ? 'secrets' : undefined, second] = asked
  if (from === undefined) {
    if (first === undefined) return {}
    throw failure(
      'usage',
      `--${first} is about a branch.`,
      'Say which environment it begins with: --from NAME.',
    )
  }
  if (second !== undefined)
    throw failure('usage', `--${first} and --${second} cannot both be.`, 'Give one of them.')
  if (sample !== undefined) return { from, secrets, data: 'sample', samplePercent: readPercent(sample) }
  return { from, secrets, data: options['with-data'] === true ? 'all' : 'none' }
}

function readPercent(text: string): number {
  const percent = /^\d{1,3}(\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : 0
  if (percent > 0 && percent <= 100) return percent
  throw failure('usage', `--sample ${text} is no share.`, 'Write it as 5%: more than 0, at most 100.')
}

function stateOf({ state, isArchived, dev, inert }: PlatformEnvironment): string {
  if (state === 'making') return 'being made'
  if (isArchived) return 'archived'
  return ['in use', ...(dev ? ['dev'] : []), ...(inert ? ['inert'] : [])].join(', ')
}
