import type { AuthSettings } from '@cloudbox/protocol/auth-settings'
import { canonical, indexName } from '@cloudbox/protocol/canonical'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { ServerFacts, VariableNames } from '@cloudbox/protocol/server-facts'

/** All that can be compared of one area, by name: what is equal has the same text. */
export type Items = ReadonlyMap<string, string>

/** Each collection, field, index and policy is one item; what goes without saying is none. */
export function collectionItems(definitions: readonly CollectionDefinition[]): Items {
  const items = new Map<string, string>()
  for (const definition of definitions) {
    const { name, flexible = false, fields, indexes = [], policies = {} } = canonical(definition)
    const below: [string, unknown][] = [
      ...Object.entries(fields).map(([field, one]): [string, unknown] => [`field ${name}.${field}`, one]),
      ...indexes.map((index): [string, unknown] => [`index ${name}.${indexName(index)}`, index]),
      ...Object.entries(policies).map(([operation, cel]): [string, unknown] => [
        `policy ${name}.${operation}`,
        cel,
      ]),
    ]
    // Every environment has users: only what was added to them is there or not.
    if (name === 'users' && below.length === 0 && !flexible) continue
    items.set(`collection ${name}`, flexible ? 'flexible' : 'as declared')
    for (const [of, value] of below) items.set(of, textOf(value))
  }
  return items
}

/** Settings that name addresses, senders and clients: they are the environment's own and differ for good reasons. */
const ownSettings = new Set([
  'siteUrl',
  'redirectUrls',
  'appName',
  'mailFrom',
  'smtpUrl',
  'passkeyRpId',
  'passkeyOrigins',
])

/** Ways in and rules of accounts; of providers whether they are there and on, never who the client is. */
export function accountItems(settings: AuthSettings): Items {
  const { providers, rateLimits, sms, captcha, ...plain } = settings
  const items = new Map<string, string>()
  for (const [name, value] of Object.entries(plain))
    if (!ownSettings.has(name)) items.set(name, textOf(value))
  items.set('sms', sms?.provider ?? 'off')
  items.set('captcha', captcha?.provider ?? 'off')
  for (const [name, value] of Object.entries(rateLimits)) items.set(`rateLimits.${name}`, textOf(value))
  for (const [name, { enabled = true }] of Object.entries(providers))
    items.set(`provider ${name}`, enabled ? 'on' : 'off')
  return items
}

/** Those that make the same request behave otherwise. */
const behaviour = [
  'TimeZone',
  'DateStyle',
  'IntervalStyle',
  'default_text_search_config',
  'default_transaction_isolation',
]

export function serverItems({ version, postgres }: ServerFacts): Items {
  const { major, encoding, collation, settings, extensions } = postgres
  return new Map([
    ['CloudBox', version],
    ['Postgres', String(major)],
    ['encoding', encoding],
    ['collation', collation],
    ...behaviour.map((name): [string, string] => [name, settings[name] ?? '']),
    ...Object.keys(extensions).map((name): [string, string] => [`extension ${name}`, 'installed']),
  ])
}

export function limitItems(limits: Readonly<Record<string, number | null>>): Items {
  return new Map(
    Object.entries(limits).map(([name, value]) => [name, value === null ? 'default' : `${value}`]),
  )
}

export function variableItems({ variables }: VariableNames): Items {
  return new Map(variables.map(({ name, isSecret }) => [name, isSecret ? 'secret' : 'value']))
}

/** Equal values have equal texts, whatever the order of their keys. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return JSON.stringify(value, (_key, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  )
}
