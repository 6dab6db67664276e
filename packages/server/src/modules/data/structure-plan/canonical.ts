import {
  operations,
  type CollectionDefinition,
  type FieldDefinition,
  type IndexDefinition,
} from '@cloudbox/protocol/collection'
import { indexName } from '../collections/indexes.ts'

/** A definition without what goes without saying: two that mean the same are equal. The order of fields is kept. */
export function canonical({
  name,
  flexible,
  fields,
  indexes = [],
  policies = {},
}: CollectionDefinition): CollectionDefinition {
  const given = operations.filter(operation => policies[operation] !== undefined)
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
  return Object.fromEntries(said) as FieldDefinition
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
