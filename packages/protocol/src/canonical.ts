import type { CollectionDefinition, FieldDefinition, IndexDefinition, Operation } from './collection.ts'

// Takes only types from its neighbour, so that the command line needs no validator for it.
const order: readonly Operation[] = ['list', 'get', 'create', 'update', 'delete']

/** The name an index has within its collection. */
export function indexName(index: IndexDefinition): string {
  if (index.name !== undefined) return index.name
  const { fields, kind } = index
  const words = fields.map(entry => (entry.startsWith('-') ? `${entry.slice(1)}_desc` : entry))
  const marks = [kind === undefined || kind === 'btree' ? [] : kind, index.unique ? 'key' : 'index'].flat()
  return [...words, ...marks].join('.')
}

/** A definition without what goes without saying: two that mean the same are equal. The order of fields is kept. */
export function canonical({
  name,
  flexible,
  fields,
  indexes = [],
  policies = {},
}: CollectionDefinition): CollectionDefinition {
  const given = order.filter(operation => policies[operation] !== undefined)
  const sorted = indexes.map(canonicalIndex).toSorted((a, b) => (indexName(a) < indexName(b) ? -1 : 1))
  return {
    name,
    ...(flexible ? { flexible } : {}),
    fields: Object.fromEntries(
      Object.entries(fields).map(([field, definition]) => [field, canonicalField(definition)]),
    ),
    ...(sorted.length === 0 ? {} : { indexes: sorted }),
    ...(given.length === 0
      ? {}
      : { policies: Object.fromEntries(given.map(operation => [operation, policies[operation]!])) }),
  }
}

function canonicalField(field: FieldDefinition): FieldDefinition {
  const said = Object.entries(field).filter(
    ([key, value]) =>
      value !== undefined &&
      (key === 'default' || value !== false) &&
      !(key === 'onDelete' && value === 'restrict'),
  )
  // As it is kept: JSON knows no -0.
  return JSON.parse(JSON.stringify(Object.fromEntries(said))) as FieldDefinition
}

function canonicalIndex({ name, fields, unique, where, kind }: IndexDefinition): IndexDefinition {
  return {
    ...(name === undefined ? {} : { name }),
    fields,
    ...(unique ? { unique } : {}),
    ...(where === undefined ? {} : { where }),
    ...(kind === undefined || kind === 'btree' ? {} : { kind }),
  }
}
