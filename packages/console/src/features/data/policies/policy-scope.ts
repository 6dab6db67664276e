import type { Scope } from '@cloudbox/policy/check-context'
import type { FieldSchema, TableSchema, ValueType } from '@cloudbox/policy/schema'
import type { CollectionDefinition, FieldType, Operation } from '@cloudbox/protocol/collection'

/** What a field of a type is in CloudBox CEL. */
const valueTypes: Readonly<Record<FieldType, ValueType>> = {
  text: 'string',
  email: 'string',
  url: 'string',
  select: 'string',
  file: 'string',
  integer: 'int',
  number: 'double',
  decimal: 'decimal',
  boolean: 'bool',
  timestamp: 'timestamp',
  date: 'date',
  json: 'json',
  uuid: 'uuid',
  relation: 'uuid',
  geopoint: 'geopoint',
}

const builtIn: Readonly<Record<string, FieldSchema>> = {
  id: { type: 'uuid', column: 'id' },
  createdAt: { type: 'timestamp', column: 'created_at' },
  updatedAt: { type: 'timestamp', column: 'updated_at' },
}

/** A collection as expressions see it. */
export function tableOf({ name, fields, flexible }: CollectionDefinition): TableSchema {
  const own = Object.entries(fields).map(([field, { type, list }]): [string, FieldSchema] => [
    field,
    { type: valueTypes[type], column: field, ...(list === true && { list: true }) },
  ])
  return {
    name,
    table: `"${name}"`,
    fields: { ...builtIn, ...Object.fromEntries(own) },
    ...(flexible === true && { flexible: { column: 'extra_fields' } }),
  }
}

/** What the policy of an operation may name: the stored document, the incoming one, or both. */
export function scopeOf(
  operation: Operation,
  collection: CollectionDefinition,
  all: readonly CollectionDefinition[],
): Scope {
  const table = tableOf(collection)
  return {
    db: Object.fromEntries(all.map(other => [other.name, tableOf(other)])),
    ...(operation !== 'create' && { doc: table }),
    ...((operation === 'create' || operation === 'update') && { next: table }),
  }
}
