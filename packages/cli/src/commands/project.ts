import type { Project, Restorable } from '@cloudbox/protocol/platform-replies'
import { at, type Api } from '../api.ts'
import { command } from '../command.ts'
import { confirm, confirmOptions } from '../confirm.ts'
import { showMoment } from '../duration.ts'
import { Failure } from '../failure.ts'
import { organisationOf, organisationOptions } from '../places.ts'
import { restore as restoreThing } from '../restore.ts'
import { table } from '../terminal/table.ts'

const name = { description: 'Its name' }

const list = command({
  name: 'project list',
  summary: 'List the projects you may see',
  options: {
    ...organisationOptions,
    removed: { type: 'boolean', description: 'List removed ones that can still be brought back' },
  },
  examples: ['cloudbox project list --org acme', 'cloudbox project list --removed'],
  async run(setting, { options }) {
    const { api, terminal } = setting
    const organisation = await organisationOf(setting, options)
    if (options.removed === true) {
      const { removed } = await api.get<{ removed: Restorable[] }>(at`/organisations/${organisation}/removed`)
      const projects = removed.filter(({ kind }) => kind === 'project')
      const rows = projects.map(one => [one.project, showMoment(one.removedAt), showMoment(one.keptUntil)])
      return { json: { removed: projects }, text: table(terminal, ['NAME', 'REMOVED', 'KEPT UNTIL'], rows) }
    }
    const json = await api.get<{ projects: Project[] }>(at`/organisations/${organisation}/projects`)
    const rows = json.projects.map(one => [
      one.name,
      one.title,
      one.isArchived ? 'archived' : 'in use',
      showMoment(one.createdAt),
    ])
    return { json, text: table(terminal, ['NAME', 'TITLE', 'STATE', 'MADE'], rows) }
  },
})

const create = command({
  name: 'project create',
  summary: 'Make a project; it has no environments yet',
  arguments: { name: { description: 'Its name in addresses: lower-case words with hyphens' } },
  options: {
    ...organisationOptions,
    title: { type: 'string', value: 'TEXT', description: 'Its name for people' },
  },
  examples: ['cloudbox project create shop --title "Web shop"'],
  async run(setting, { arguments: given, options }) {
    const organisation = await organisationOf(setting, options)
    const json = await setting.api.create<Project>(at`/organisations/${organisation}/projects`, {
      name: given.name,
      title: options.title,
    })
    return {
      json,
      text: `Made the project ${json.name} in ${organisation}.`,
      notes: [`Next: cloudbox env create dev --dev --project ${json.name}`],
    }
  },
})

const archive = command({
  name: 'project archive',
  summary: 'Let the environments of a project answer no requests',
  description: 'Nothing is lost: "cloudbox project restore" opens it again.',
  arguments: { name },
  examples: ['cloudbox project archive shop'],
  async run({ api }, { arguments: given }) {
    const json = await api.patch<Project>(at`/projects/${given.name}`, { isArchived: true })
    return {
      json,
      text: `${json.name} is archived.`,
      notes: [`Back with: cloudbox project restore ${json.name}`],
    }
  },
})

const restore = command({
  name: 'project restore',
  summary: 'Bring an archived or removed project back',
  arguments: { name },
  options: organisationOptions,
  examples: ['cloudbox project restore shop'],
  async run(setting, { arguments: given, options }) {
    const path = at`/projects/${given.name}`
    await restoreThing(setting, options, { path, project: given.name, environment: null })
    return { json: await setting.api.get<Project>(path), text: `${given.name} is back.` }
  },
})

const remove = command({
  name: 'project remove',
  summary: 'Remove a project with everything in it',
  description: 'It can be brought back for 14 days with "cloudbox project restore".',
  arguments: { name },
  options: confirmOptions,
  examples: ['cloudbox project remove shop --dry-run', 'cloudbox project remove shop --yes shop'],
  async run({ api, terminal }, { arguments: given, options }) {
    const path = at`/projects/${given.name}`
    const names = await environmentNames(api, path)
    const inside =
      names.length === 0
        ? ''
        : ` Its environments ${names.join(', ')} go with it, with all documents, users and keys.`
    const what = `This removes the project ${given.name}.${inside}`
    const stopped = await confirm(terminal, { name: given.name, what }, options)
    if (stopped !== undefined) return stopped
    await api.delete(path, { confirm: given.name })
    return {
      json: { removed: given.name, environments: names },
      text: `Removed the project ${given.name}.`,
      notes: [`Back within 14 days with: cloudbox project restore ${given.name}`],
    }
  },
})

export const projectCommands = [list, create, archive, restore, remove]

/** None of a project that is gone: removing it again is no mistake. */
async function environmentNames(api: Api, path: string): Promise<string[]> {
  try {
    const { environments } = await api.get<{ environments: { name: string }[] }>(`${path}/environments`)
    return environments.map(({ name: one }) => one)
  } catch (error) {
    if (error instanceof Failure && error.body.code === 'platform/not-found') return []
    throw error
  }
}
