import type { PlatformEnvironment, Restorable } from '@cloudbox/protocol/platform-replies'
import { at } from '../api.ts'
import { command } from '../command.ts'
import { confirm, confirmOptions } from '../confirm.ts'
import { showMoment } from '../duration.ts'
import { organisationOf, organisationOptions, projectOf, projectOptions } from '../places.ts'
import { restore as restoreThing } from '../restore.ts'
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
  summary: 'Make an environment',
  arguments: { name: { description: 'Its name in addresses: lower-case words with hyphens' } },
  options: {
    ...projectOptions,
    dev: { type: 'boolean', description: 'Tells more: what a policy hid and why; mails stay in its mailbox' },
  },
  examples: ['cloudbox env create staging --project shop'],
  async run(setting, { arguments: given, options }) {
    const { api, url } = setting
    const project = projectOf(setting, options)
    const json = await api.create<PlatformEnvironment>(at`/projects/${project}/environments`, {
      name: given.name,
      dev: options.dev === true,
    })
    return {
      json: { ...json, url: `${url}/${project}/${json.name}` },
      text: `Made ${project}/${json.name} at ${url}/${project}/${json.name}`,
      notes: [`Next: cloudbox keys list --project ${project} --env ${json.name}`],
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

function stateOf({ state, isArchived, dev, inert }: PlatformEnvironment): string {
  if (state === 'making') return 'being made'
  if (isArchived) return 'archived'
  return ['in use', ...(dev ? ['dev'] : []), ...(inert ? ['inert'] : [])].join(', ')
}
