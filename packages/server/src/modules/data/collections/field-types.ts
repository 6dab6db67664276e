import type { FieldDefinition, FieldType } from '@cloudbox/protocol/collection'
import type { ValueType } from '@cloudbox/policy/schema'

/** What the platform knows about a type of field. */
export interface FieldTraits {
  /** The Postgres type of one value. */
  readonly sql: string
  /** Its type in CloudBox CEL. */
  readonly value: ValueType
  /** There are lists of it. */
  readonly listable: boolean
  /** What `min` and `max` mean for one value; a list counts its elements. */
  readonly bounds?: 'value' | 'length'
  /** It has an order and can stand in a btree index. */
  readonly sortable: boolean
}

const textual: FieldTraits = {
  sql: 'text',
  value: 'string',
  listable: true,
  bounds: 'length',
  sortable: true,
}

export const fieldTraits: Readonly<Record<FieldType, FieldTraits>> = {
  text: textual,
  email: textual,
  url: textual,
  select: { sql: 'text', value: 'string', listable: true, sortable: true },
  file: { sql: 'text', value: 'string', listable: false, sortable: true },
  integer: { sql: 'bigint', value: 'int', listable: true, bounds: 'value', sortable: true },
  number: { sql: 'double precision', value: 'double', listable: true, bounds: 'value', sortable: true },
  decimal: { sql: 'numeric', value: 'decimal', listable: true, bounds: 'value', sortable: true },
  boolean: { sql: 'boolean', value: 'bool', listable: true, sortable: true },
  timestamp: { sql: 'timestamptz', value: 'timestamp', listable: true, sortable: true },
  date: { sql: 'date', value: 'date', listable: true, sortable: true },
  json: { sql: 'jsonb', value: 'json', listable: false, sortable: false },
  uuid: { sql: 'uuid', value: 'uuid', listable: true, sortable: true },
  relation: { sql: 'uuid', value: 'uuid', listable: false, sortable: true },
  geopoint: { sql: 'point', value: 'geopoint', listable: false, sortable: false },
}

/** The Postgres type of a field: `text`, `bigint[]`. */
export function sqlTypeOf(field: Pick<FieldDefinition, 'type' | 'list'>): string {
  return fieldTraits[field.type].sql + (field.list ? '[]' : '')
}

/** The column of a field: its name, but for the built-in times, which Postgres people expect in snake_case. */
export function columnOf(name: string): string {
  if (name === 'createdAt') return 'created_at'
  return name === 'updatedAt' ? 'updated_at' : name
}
