import { readFile } from 'node:fs/promises'
import type { Member, Role, Roles } from '@cloudbox/protocol/platform-replies'
import { at } from '../api.ts'
import { command } from '../command.ts'
import { confirm, confirmOptions } from '../confirm.ts'
import { failure } from '../failure.ts'
import { findMember } from '../members.ts'
import { organisationOf, organisationOptions } from '../places.ts'
import { readAll } from '../terminal/prompt.ts'
import { table } from '../terminal/table.ts'

const list = command({
  name: 'org role list',
  summary: 'List roles, and with --permissions what there is to allow',
  options: {
    ...organisationOptions,
    permissions: { type: 'boolean', description: 'List every permission instead' },
  },
  examples: ['cloudbox org role list', 'cloudbox org role list --permissions'],
  async run(setting, { options }) {
    const organisation = await organisationOf(setting, options)
    const json = await setting.api.get<Roles>(at`/organisations/${organisation}/roles`)
    if (options.permissions === true) {
      const text = table(setting.terminal, ['PERMISSION', 'LETS'], Object.entries(json.permissions))
      return { json: { permissions: json.permissions }, text }
    }
    const rows = [
      ...Object.entries(json.builtIn).map(([name, statements]) => [name, 'built in', shown(statements)]),
      ...json.own.map(({ name, title, statements }) => [name, title, shown(statements)]),
    ]
    return { json, text: table(setting.terminal, ['ROLE', 'TITLE', 'MAY'], rows) }
  },
})

const set = command({
  name: 'org role set',
  summary: 'Give a member another role, everywhere or in one place',
  description:
    'With --project, or --project and --env, the role counts in that place only, and stands beside the one he has elsewhere.',
  arguments: { member: { description: 'Address or id' }, role: { description: 'The role' } },
  options: {
    ...organisationOptions,
    project: { type: 'string', value: 'NAME', description: 'Only in this project' },
    env: { type: 'string', value: 'NAME', description: 'Only in this environment of the project' },
  },
  examples: [
    'cloudbox org role set grace@example.com admin',
    'cloudbox org role set grace@example.com viewer --project shop --env production',
  ],
  async run(setting, { arguments: given, options }) {
    const { project, env: environment } = options
    if (environment !== undefined && project === undefined)
      throw failure('usage', '--env needs --project.', 'Say which project the environment is of.')
    const organisation = await organisationOf(setting, options)
    const member = await findMember(setting.api, organisation, given.member)
    const { role } = given
    const body =
      project === undefined
        ? { role }
        : { places: [...otherPlaces(member, project, environment), place(project, environment, role)] }
    await setting.api.patch(at`/organisations/${organisation}/members/${member.id}`, body)
    const where = [project, environment].filter(name => name !== undefined).join('/')
    return {
      json: { organisation, email: member.email, role, ...(where === '' ? {} : { place: where }) },
      text: `${member.email} is ${role} in ${where === '' ? organisation : where}.`,
    }
  },
})

const define = command({
  name: 'org role define',
  summary: 'Define a role of your own',
  description:
    'Reads { "title"?, "statements": [{ "effect": "allow" | "deny", "permissions": […], "places": […] }] } from a file or standard input. What no statement allows is denied; a deny wins.',
  arguments: { role: { description: 'Its name' } },
  options: {
    ...organisationOptions,
    file: { type: 'string', value: 'FILE', description: 'JSON; standard input unless told' },
  },
  examples: ['cloudbox org role define support --file support.json'],
  async run(setting, { arguments: given, options }) {
    const body = await readRole(setting.terminal, options.file)
    const organisation = await organisationOf(setting, options)
    const json = await setting.api.put<Role>(at`/organisations/${organisation}/roles/${given.role}`, body)
    return { json, text: `Defined the role ${json.name}: ${shown(json.statements)}` }
  },
})

const remove = command({
  name: 'org role remove',
  summary: 'Remove a role of your own',
  arguments: { role: { description: 'Its name' } },
  options: { ...organisationOptions, ...confirmOptions },
  examples: ['cloudbox org role remove support --yes support'],
  async run(setting, { arguments: { role }, options }) {
    const organisation = await organisationOf(setting, options)
    const stopped = await confirm(
      setting.terminal,
      { name: role, what: `This removes the role ${role} of ${organisation}.` },
      options,
    )
    if (stopped !== undefined) return stopped
    await setting.api.delete(at`/organisations/${organisation}/roles/${role}`)
    return { json: { organisation, role }, text: `Removed the role ${role}.` }
  },
})

export const roleCommands = [list, set, define, remove]

async function readRole(terminal: Parameters<typeof readAll>[0], file: string | undefined): Promise<unknown> {
  if (file === undefined && terminal.stdin.isTTY === true)
    throw failure('usage', 'There is no definition.', 'Give --file FILE, or the JSON on standard input.')
  try {
    return JSON.parse(file === undefined ? await readAll(terminal) : await readFile(file, 'utf8'))
  } catch (error) {
    throw failure('usage', `The definition cannot be read: ${(error as Error).message}`)
  }
}

function otherPlaces({ places }: Member, project: string, environment: string | undefined): Member['places'] {
  return places.filter(one => one.project !== project || one.environment !== environment)
}

function place(project: string, environment: string | undefined, role: string) {
  return { project, ...(environment === undefined ? {} : { environment }), role }
}

function shown(statements: Role['statements']): string {
  return statements
    .map(({ effect, permissions, places }) => {
      const where = places.includes('*') ? '' : ` in ${places.join(', ')}`
      return `${effect === 'deny' ? 'not ' : ''}${permissions.join(' ')}${where}`
    })
    .join('; ')
}
