import type { Invitation, Member, Organisation } from '@cloudbox/protocol/platform-replies'
import { at } from '../api.ts'
import { command } from '../command.ts'
import { confirm, confirmOptions } from '../confirm.ts'
import { showMoment } from '../duration.ts'
import { findMember, listMembers } from '../members.ts'
import { organisationOf, organisationOptions } from '../places.ts'
import { failure } from '../failure.ts'
import { table } from '../terminal/table.ts'

const list = command({
  name: 'org list',
  summary: 'List the organisations you belong to',
  examples: ['cloudbox org list'],
  async run({ api, terminal }) {
    const json = await api.get<{ organisations: Organisation[] }>('/organisations')
    const rows = json.organisations.map(({ name, title, createdAt }) => [name, title, showMoment(createdAt)])
    return { json, text: table(terminal, ['NAME', 'TITLE', 'MADE'], rows) }
  },
})

const create = command({
  name: 'org create',
  summary: 'Make an organisation; you become its owner',
  arguments: { name: { description: 'Its name in addresses: lower-case words with hyphens' } },
  options: { title: { type: 'string', value: 'TEXT', description: 'Its name for people' } },
  examples: ['cloudbox org create acme --title "Acme Inc."'],
  async run({ api }, { arguments: { name }, options: { title } }) {
    const json = await api.create<Organisation>('/organisations', { name, title })
    return { json, text: `Made the organisation ${json.name}.` }
  },
})

const members = command({
  name: 'org members',
  summary: 'List and search members',
  options: {
    ...organisationOptions,
    search: { type: 'string', value: 'TEXT', description: 'Only with this in address, name or role' },
  },
  examples: ['cloudbox org members --search developer'],
  async run(setting, { options }) {
    const organisation = await organisationOf(setting, options)
    const found = await listMembers(setting.api, organisation, options.search)
    const rows = found.map(({ email, name, role, places, lastSignInAt }) => [
      email,
      name,
      [role, ...places.map(shownPlace)].join(', '),
      showMoment(lastSignInAt),
    ])
    const text = table(setting.terminal, ['ADDRESS', 'NAME', 'ROLE', 'LAST SIGN-IN'], rows)
    return { json: { organisation, members: found }, text }
  },
})

const removeMember = command({
  name: 'org remove-member',
  summary: 'Take a member out of an organisation',
  arguments: { member: { description: 'Address or id' } },
  options: { ...organisationOptions, ...confirmOptions },
  examples: ['cloudbox org remove-member eve@example.com --yes eve@example.com'],
  async run(setting, { arguments: given, options }) {
    const { api, terminal } = setting
    const organisation = await organisationOf(setting, options)
    const { id, email } = await findMember(api, organisation, given.member)
    const what = `This takes ${email} and all his roles out of ${organisation}.`
    const stopped = await confirm(terminal, { name: given.member, what }, options)
    if (stopped !== undefined) return stopped
    await api.delete(at`/organisations/${organisation}/members/${id}`)
    return { json: { organisation, id, email }, text: `${email} is no member of ${organisation} any more.` }
  },
})

const invite = command({
  name: 'org invite',
  summary: 'Invite somebody by mail',
  description: 'Only that address can accept, within seven days. Inviting it again sends a new link.',
  arguments: { email: { description: 'Who' } },
  options: {
    ...organisationOptions,
    role: {
      type: 'string',
      value: 'ROLE',
      description: 'owner, admin, developer, viewer or one of your own; viewer unless told',
    },
  },
  examples: ['cloudbox org invite grace@example.com --role developer'],
  async run(setting, { arguments: { email }, options }) {
    const organisation = await organisationOf(setting, options)
    const { role = 'viewer' } = options
    const json = await setting.api.create<Invitation>(at`/organisations/${organisation}/invitations`, {
      email,
      role,
    })
    return {
      json,
      text: `Invited ${json.email} to ${organisation} as ${json.role}, until ${showMoment(json.expiresAt)}.`,
    }
  },
})

const invitations = command({
  name: 'org invitations',
  summary: 'List invitations that nobody has accepted yet',
  options: organisationOptions,
  examples: ['cloudbox org invitations'],
  async run(setting, { options }) {
    const organisation = await organisationOf(setting, options)
    const json = await openInvitations(setting.api, organisation)
    const rows = json.invitations.map(({ email, role, sentAt, expiresAt }) => [
      email,
      role,
      showMoment(sentAt),
      showMoment(expiresAt),
    ])
    return { json, text: table(setting.terminal, ['ADDRESS', 'ROLE', 'SENT', 'GOOD UNTIL'], rows) }
  },
})

const uninvite = command({
  name: 'org uninvite',
  summary: 'Take an invitation back',
  arguments: { email: { description: 'Who was invited' } },
  options: organisationOptions,
  examples: ['cloudbox org uninvite grace@example.com'],
  async run(setting, { arguments: { email }, options }) {
    const organisation = await organisationOf(setting, options)
    const known = await openInvitations(setting.api, organisation)
    const found = known.invitations.find(one => one.email === email.toLowerCase() || one.id === email)
    if (found === undefined)
      throw failure(
        'not-one',
        `There is no open invitation for ${email}.`,
        '"cloudbox org invitations" lists them.',
      )
    await setting.api.delete(at`/organisations/${organisation}/invitations/${found.id}`)
    return { json: found, text: `The invitation of ${found.email} is of no use any more.` }
  },
})

export const organisationCommands = [list, create, members, removeMember, invite, invitations, uninvite]

function openInvitations(api: Parameters<typeof listMembers>[0], organisation: string) {
  return api.get<{ invitations: Invitation[] }>(at`/organisations/${organisation}/invitations`)
}

function shownPlace({ project, environment, role }: Member['places'][number]): string {
  return `${role} in ${[project, environment].filter(name => name !== undefined).join('/')}`
}
