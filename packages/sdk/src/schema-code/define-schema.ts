import type {
  CollectionDefinition,
  FieldDefinition,
  IndexDefinition,
  Policies,
} from '@cloudbox/protocol/collection'
import type { CollectionInput, Consistent } from './collection-input.ts'
import type { Field } from './field.ts'
import type { UsingHint } from './field-options.ts'
import { refuseUnknown, SchemaMistake } from './schema-mistake.ts'
import { withTenant } from './tenant.ts'

declare const input: unique symbol

/** A schema as the command line and the server take it. */
export interface DefinedSchema<Collections = Readonly<Record<string, CollectionInput>>> {
  /** Plain definitions: `tenant` and `search` are fields, indexes and policies like all others. */
  readonly collections: readonly CollectionDefinition[]
  /** How the values of fields are changed by the next migration: `{ 'people.age': 'int(doc.age)' }`. */
  readonly using: Readonly<Record<string, UsingHint>>
  /** Is never there; carries the types to `SchemaOf`. */
  readonly [input]?: Collections
}

const collectionKeys = ['fields', 'indexes', 'policies', 'flexible', 'tenant', 'search']
const indexKeys = ['name', 'fields', 'unique', 'where', 'kind']
const policyKeys = ['list', 'get', 'create', 'update', 'delete']
const builtIn = ['id', 'createdAt', 'updatedAt']
// The same as that of the protocol, of which the SDK takes types only.
const namePattern = /^[A-Za-z][A-Za-z0-9_]{0,59}$/

/**
 * Describes the collections of an app.
 *
 * @throws SchemaMistake with the place, where something is named that there is not
 * @example
 * const schema = defineSchema({
 *   todos: {
 *     fields: {
 *       title: t.text({ required: true, max: 200 }),
 *       done: t.boolean({ required: true, default: false }),
 *       owner: t.relation('users', { default: { cel: 'auth.uid' } }),
 *     },
 *     indexes: [{ fields: ['owner', '-createdAt'] }],
 *     policies: { list: 'doc.owner == auth.uid', create: 'next.owner == auth.uid' },
 *   },
 * })
 * export default schema
 */
export function defineSchema<const Collections extends Readonly<Record<string, CollectionInput>>>(
  collections: Collections & Consistent<Collections>,
): DefinedSchema<Collections> {
  const entries = Object.entries(collections as Readonly<Record<string, CollectionInput>>)
  refuseTwins(
    [],
    entries.map(([name]) => name),
  )
  const using: Record<string, UsingHint> = {}
  const known = new Set(['users', ...entries.map(([name]) => name)])
  const definitions = entries.map(([name, collection]) => toDefinition(name, collection, known, using))
  return { collections: definitions, using }
}

function toDefinition(
  name: string,
  collection: CollectionInput,
  known: ReadonlySet<string>,
  using: Record<string, UsingHint>,
): CollectionDefinition {
  if (!namePattern.test(name)) throw new SchemaMistake([name], badName)
  if (!isObject(collection)) throw new SchemaMistake([name], 'a collection is an object with fields')
  refuseUnknown([name], collection, collectionKeys, 'a collection')
  const { flexible, tenant } = collection
  const fields = toFields(name, collection, known, using)
  const policies = toPolicies(name, collection)
  const all = new Set([...builtIn, ...Object.keys(fields)])
  if (tenant !== undefined) all.add(tenant.field)
  const definition: CollectionDefinition = {
    name,
    ...(flexible ? { flexible } : {}),
    fields,
    ...some('indexes', [...toIndexes(name, collection, all), ...toSearch(name, collection, all)]),
    ...some('policies', policies),
  }
  return tenant === undefined ? definition : withTenant(definition, tenant)
}

function toFields(
  name: string,
  { fields }: CollectionInput,
  known: ReadonlySet<string>,
  using: Record<string, UsingHint>,
): Record<string, FieldDefinition> {
  const at = [name, 'fields']
  if (!isObject(fields)) throw new SchemaMistake(at, 'fields is an object: { title: t.text() }')
  refuseTwins(at, Object.keys(fields))
  const plain: Record<string, FieldDefinition> = {}
  for (const [field, given] of Object.entries(fields as Readonly<Record<string, Field>>)) {
    if (!namePattern.test(field)) throw new SchemaMistake([...at, field], badName)
    if (builtIn.includes(field))
      throw new SchemaMistake([...at, field], 'every document has this field already')
    if (!isObject(given) || typeof given.type !== 'string')
      throw new SchemaMistake([...at, field], 'a field is made with t: t.text()')
    const { using: hint, ...definition } = given
    if (definition.to !== undefined && !known.has(definition.to))
      throw new SchemaMistake([...at, field], `there is no collection ${definition.to}`)
    if (hint !== undefined) using[`${name}.${field}`] = hint
    plain[field] = definition as FieldDefinition
  }
  return plain
}

function toIndexes(
  name: string,
  { indexes = [] }: CollectionInput,
  fields: ReadonlySet<string>,
): IndexDefinition[] {
  if (!Array.isArray(indexes)) throw new SchemaMistake([name, 'indexes'], 'indexes are an array')
  return indexes.map((index: NonNullable<CollectionInput['indexes']>[number], i) => {
    const at = [name, 'indexes', String(i)]
    if (!isObject(index) || !Array.isArray(index.fields))
      throw new SchemaMistake(at, `an index is an object: { fields: ['owner', '-createdAt'] }`)
    refuseUnknown(at, index, indexKeys, 'an index')
    const unknown = index.fields.find(entry => !fields.has(entry.replace(/^-/, '')))
    if (unknown !== undefined) throw new SchemaMistake(at, `there is no field ${unknown.replace(/^-/, '')}`)
    return { ...index, fields: [...index.fields] }
  })
}

function toSearch(
  name: string,
  { search = [] }: CollectionInput,
  fields: ReadonlySet<string>,
): IndexDefinition[] {
  const unknown = search.find(field => !fields.has(field))
  if (unknown !== undefined) throw new SchemaMistake([name, 'search'], `there is no field ${unknown}`)
  return search.map(field => ({ fields: [field], kind: 'trigram' }))
}

function toPolicies(name: string, { policies = {} }: CollectionInput): Policies {
  refuseUnknown([name, 'policies'], policies, policyKeys, 'policies')
  const given = Object.entries(policies).filter(([, policy]) => policy !== undefined)
  for (const [operation, policy] of given)
    if (typeof policy !== 'string' || policy === '')
      throw new SchemaMistake(
        [name, 'policies', operation],
        'a policy is an expression: "auth.uid == doc.owner"',
      )
  return Object.fromEntries(given)
}

/** Postgres folds what is not quoted: `Title` beside `title` would only confuse. */
function refuseTwins(at: readonly string[], names: readonly string[]): void {
  const seen = new Map<string, string>()
  for (const name of names) {
    const twin = seen.get(name.toLowerCase())
    if (twin !== undefined)
      throw new SchemaMistake([...at, name], `differs from ${twin} in upper and lower case only`)
    seen.set(name.toLowerCase(), name)
  }
}

const badName = 'a name is a letter, then letters, digits or underscores, at most 60'

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function some<Key extends string, Value extends object>(key: Key, value: Value): { [K in Key]?: Value } {
  return (Object.keys(value).length === 0 ? {} : { [key]: value }) as { [K in Key]?: Value }
}
