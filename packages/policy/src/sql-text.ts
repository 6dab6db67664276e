import { elementOf, isList, type Type } from './ir.ts'
import type { Int } from './numbers.ts'
import { encodeDate, encodeTimestamp } from './time.ts'

const SQL_TYPES: Readonly<Record<string, string>> = {
  bool: 'bool',
  int: 'int8',
  double: 'float8',
  decimal: 'numeric',
  string: 'text',
  uuid: 'uuid',
  timestamp: 'timestamptz',
  duration: 'int8',
  date: 'date',
  json: 'jsonb',
}

/** A name as SQL. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A text as an SQL constant, whatever `standard_conforming_strings` says. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted
}

/** The SQL type of a literal. Integers are unbounded in the language, so a large one is numeric. */
export function sqlType(type: Type, value?: unknown): string {
  if (isList(type)) {
    const items = Array.isArray(value) ? value : []
    const element = elementOf(type)
    const wide = items.find(item => sqlType(element, item) === 'numeric')
    return `${sqlType(element, wide)}[]`
  }
  if (
    (type === 'int' || type === 'duration') &&
    typeof value === 'bigint' &&
    BigInt.asIntN(64, value) !== value
  ) {
    return 'numeric'
  }
  const name = SQL_TYPES[type]
  if (name === undefined) throw new TypeError(`${type} has no SQL literal`)
  return name
}

/** The text from which Postgres reads a present value of the type. */
export function encodeText(type: Type, value: unknown): string {
  if (isList(type)) {
    const element = elementOf(type)
    const items = (value as readonly unknown[]).map(item =>
      item === undefined || item === null
        ? 'NULL'
        : `"${encodeText(element, item).replace(/["\\]/g, '\\$&')}"`,
    )
    return `{${items.join(',')}}`
  }
  switch (type) {
    case 'timestamp':
      return encodeTimestamp(value as Int)
    case 'date':
      return encodeDate(value as number)
    case 'json':
      return JSON.stringify(value)
    default:
      return Object.is(value, -0) ? '-0' : String(value)
  }
}
