import type { Key, MadeKey, RotatedKey } from '@cloudbox/protocol/platform-replies'
import { at, type Api } from '../api.ts'
import { command } from '../command.ts'
import { confirm, confirmOptions } from '../confirm.ts'
import { readMoment, readSeconds, showDay, showMoment } from '../duration.ts'
import { failure } from '../failure.ts'
import { environmentOf, environmentOptions } from '../places.ts'
import { facts, table } from '../terminal/table.ts'

const key = { description: 'Its name, the end of its text, or its id' }

const list = command({
  name: 'keys list',
  summary: 'List the keys of an environment',
  description: 'Secret keys are known by their end; their text is shown once, when they are made.',
  options: environmentOptions,
  examples: ['cloudbox keys list --project shop --env dev'],
  async run(setting, { options }) {
    const json = { keys: await listKeys(setting.api, pathOf(environmentOf(setting, options))) }
    const rows = json.keys.map(one => [one.name, endOf(one), showDay(one.lastUsedAt), showDay(one.expiresAt)])
    return { json, text: table(setting.terminal, ['NAME', 'KEY', 'LAST USED', 'ENDS'], rows) }
  },
})

const show = command({
  name: 'keys show',
  summary: 'Show all there is to know of a key',
  arguments: { key },
  options: environmentOptions,
  examples: ['cloudbox keys show ci --project shop --env dev'],
  async run(setting, { arguments: given, options }) {
    const json = await findKey(setting.api, pathOf(environmentOf(setting, options)), given.key)
    const text = facts(setting.terminal, [
      ['Name', json.name],
      ['Kind', json.kind],
      ['Key', endOf(json)],
      ['May', scopeOf(json)],
      ['Made', showMoment(json.createdAt)],
      ['Made by', json.createdBy],
      ['Last used', showMoment(json.lastUsedAt)],
      ['Ends', showMoment(json.expiresAt)],
      ['Id', json.id],
    ])
    return { json, text }
  },
})

const create = command({
  name: 'keys create',
  summary: 'Make a key; the only time a secret one is shown',
  description: 'Standard output is the key alone, so that KEY="$(cloudbox keys create ci)" works.',
  arguments: { name: { description: 'What it is for' } },
  options: {
    ...environmentOptions,
    kind: { type: 'string', value: 'KIND', description: 'secret (unless told) or publishable' },
    permission: {
      type: 'string',
      multiple: true,
      value: 'LIST',
      description:
        'Only these, such as documents.read or documents.*; "cloudbox org role list --permissions"',
    },
    collection: {
      type: 'string',
      multiple: true,
      value: 'LIST',
      description: 'Only documents of these collections',
    },
    expires: { type: 'string', value: 'TIME', description: 'When it ends: 90d, or a date' },
  },
  examples: [
    'cloudbox keys create ci --project shop --env dev --expires 90d',
    'cloudbox keys create report --permission documents.read --collection orders',
  ],
  async run(setting, { arguments: { name }, options }) {
    const path = pathOf(environmentOf(setting, options))
    const { permission: permissions, collection: collections, expires, kind = 'secret' } = options
    if (kind !== 'secret' && kind !== 'publishable')
      throw failure('usage', `There are no ${kind} keys.`, 'Write --kind secret or --kind publishable.')
    const scope = permissions === undefined && collections === undefined ? null : { permissions, collections }
    const expiresAt = expires === undefined ? null : readMoment('expires', expires, 'future', Date.now())
    const json = await setting.api.create<MadeKey>(path, { kind, name, scope, expiresAt })
    return { json, text: json.key, notes: secrecy(kind) }
  },
})

const rotate = command({
  name: 'keys rotate',
  summary: 'Replace a key; the old one still works for a while',
  arguments: { key },
  options: {
    ...environmentOptions,
    overlap: { type: 'string', value: 'TIME', description: 'How long the old one works: 24h unless told' },
  },
  examples: ['cloudbox keys rotate ci --project shop --env dev --overlap 7d'],
  async run(setting, { arguments: given, options }) {
    const path = pathOf(environmentOf(setting, options))
    const overlapSeconds = readSeconds('overlap', options.overlap ?? '24h')
    const old = await findKey(setting.api, path, given.key)
    const json = await setting.api.create<RotatedKey>(`${path}${at`/${old.id}/rotate`}`, { overlapSeconds })
    return {
      json,
      text: json.key,
      notes: [...secrecy(old.kind), `The old one (${endOf(old)}) works until ${showMoment(json.oldEndsAt)}.`],
    }
  },
})

const revoke = command({
  name: 'keys revoke',
  summary: 'End a key at once, on every server',
  arguments: { key },
  options: { ...environmentOptions, ...confirmOptions },
  examples: ['cloudbox keys revoke ci --project shop --env dev --yes ci'],
  async run(setting, { arguments: given, options }) {
    const place = environmentOf(setting, options)
    const path = pathOf(place)
    const found = await findKey(setting.api, path, given.key)
    const used =
      found.lastUsedAt === null ? 'was never used' : `was last used ${showMoment(found.lastUsedAt)}`
    const what = `This ends the ${found.kind} key ${found.name} (${endOf(found)}) of ${place.project}/${place.env} for ever; it ${used}.`
    const stopped = await confirm(setting.terminal, { name: given.key, what }, options)
    if (stopped !== undefined) return stopped
    await setting.api.delete(`${path}${at`/${found.id}`}`)
    return {
      json: { revoked: found },
      text: `The key ${found.name} (${endOf(found)}) is refused everywhere.`,
    }
  },
})

export const keyCommands = [list, show, create, rotate, revoke]

function pathOf({ project, env }: { project: string; env: string }): string {
  return at`/projects/${project}/environments/${env}/keys`
}

async function listKeys(api: Api, path: string): Promise<Key[]> {
  return (await api.get<{ keys: Key[] }>(path)).keys
}

/** @throws Failure `cli/not-one` */
async function findKey(api: Api, path: string, wanted: string): Promise<Key> {
  const all = await listKeys(api, path)
  const end = wanted.replace(/^…/, '')
  const tests: ((one: Key) => boolean)[] = [
    one => one.id === wanted,
    one => one.name === wanted,
    one => one.key === wanted || (one.ending !== null && one.ending === end),
  ]
  const found = tests.map(fits => all.filter(fits)).find(fitting => fitting.length > 0) ?? []
  const [only, second] = found
  if (only === undefined)
    throw failure('not-one', `There is no key "${wanted}" here.`, '"cloudbox keys list" shows them.')
  if (second === undefined) return only
  throw failure(
    'not-one',
    `${found.length} keys are called "${wanted}".`,
    `Say which by its end or id: ${found.map(endOf).join(', ')}.`,
  )
}

function endOf({ key: text, ending, kind }: Key): string {
  return text ?? `${kind === 'secret' ? 'cb_secret_' : 'cb_pub_'}…${ending ?? ''}`
}

function scopeOf({ scope }: Key): string {
  const { permissions = ['everything of its kind'], collections } = scope ?? {}
  return [permissions.join(' '), ...(collections === undefined ? [] : [`in ${collections.join(' ')}`])].join(
    ' ',
  )
}

function secrecy(kind: string): string[] {
  return kind === 'secret' ? ['It is not shown again, and bypasses policies: keep it on servers.'] : []
}
