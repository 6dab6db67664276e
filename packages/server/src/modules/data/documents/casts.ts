import type { FieldType } from '@cloudbox/protocol/collection'
import { closestName } from '../../../lib/closest-name.ts'
import type { Mistakes } from './mistakes.ts'

/** Names of types a value may be cast to → the Postgres type. */
const casts: Readonly<Record<string, string>> = {
  text: 'text',
  integer: 'bigint',
  int: 'bigint',
  int4: 'integer',
  int8: 'bigint',
  bigint: 'bigint',
  number: 'double precision',
  float8: 'double precision',
  decimal: 'numeric',
  numeric: 'numeric',
  boolean: 'boolean',
  bool: 'boolean',
  timestamp: 'timestamptz',
  timestamptz: 'timestamptz',
  date: 'date',
  json: 'jsonb',
  jsonb: 'jsonb',
  uuid: 'uuid',
}

const fieldTypes: Readonly<Record<string, FieldType>> = {
  text: 'text',
  bigint: 'integer',
  integer: 'integer',
  'double precision': 'number',
  numeric: 'decimal',
  boolean: 'boolean',
  timestamptz: 'timestamp',
  date: 'date',
  jsonb: 'json',
  uuid: 'uuid',
}

/** The Postgres type a cast names; undefined, with the mistake told, when it names none. */
export function readCast(name: string, at: string, mistakes: Mistakes): string | undefined {
  if (Object.hasOwn(casts, name)) return casts[name]
  const close = closestName(name, Object.keys(casts))
  mistakes.add(
    at,
    `unknown type '${name}'`,
    close === undefined ? `types: ${Object.keys(casts).join(', ')}` : `did you mean '${close}'?`,
  )
  return undefined
}

/** The type of field whose values are like those of a Postgres type that {@link readCast} gives. */
export function castFieldType(cast: string): FieldType {
  return fieldTypes[cast]!
}
