import { parseDecimal } from './decimal.ts'
import { normalizeInt } from './numbers.ts'
import type { FieldSchema, Row, TableSchema, ValueType } from './schema.ts'
import { isStorable, parseUuid } from './text.ts'
import { decodeDate, decodeTimestamp, parseDate, parseTimestamp } from './time.ts'

/**
 * Decodes the text output of Postgres into a model value; NULL and JSON null are `undefined`. The connection must
 * have `DateStyle=ISO`, `TimeZone=UTC` and `extra_float_digits` of 1 or more.
 *
 * @throws TypeError or SyntaxError for text that is no output of the type.
 */
export function decodeText(
  type: ValueType,
  list: boolean | undefined,
  text: string | null | undefined,
): unknown {
  if (text === null || text === undefined) return undefined
  return list
    ? decodeArray(text).map(item => (item === null ? undefined : decodeScalar(type, item)))
    : decodeScalar(type, text)
}

function decodeScalar(type: ValueType, text: string): unknown {
  switch (type) {
    case 'bool':
      return text === 't'
    case 'int': {
      const value = Number(text)
      return Number.isSafeInteger(value) ? value : BigInt(text)
    }
    case 'double':
      return Number(text)
    case 'decimal':
      return parseDecimal(text)
    case 'timestamp':
      return decodeTimestamp(text)
    case 'date':
      return decodeDate(text)
    case 'json':
      return (JSON.parse(text) as unknown) ?? undefined
    case 'string':
    case 'uuid':
    case 'geopoint':
      return text
  }
}

/** The items of a one-dimensional array in Postgres' text form. */
function decodeArray(text: string): (string | null)[] {
  const items: (string | null)[] = []
  let at = 1
  while (at < text.length && text[at] !== '}') {
    if (text[at] === '"') {
      let item = ''
      for (at++; text[at] !== '"'; at++) {
        if (text[at] === '\\') at++
        item += text[at]
      }
      at++
      items.push(item)
    } else {
      const start = at
      while (text[at] !== ',' && text[at] !== '}') at++
      const item = text.slice(start, at)
      items.push(item === 'NULL' ? null : item)
    }
    if (text[at] === ',') at++
  }
  return items
}

/** Decodes the columns of a row that a table's fields name; others are left out. */
export function decodeRow(
  table: TableSchema,
  texts: Readonly<Record<string, string | null | undefined>>,
): Row {
  const row: Record<string, unknown> = {}
  for (const field of columnsOf(table))
    row[field.column] = decodeText(field.type, field.list, texts[field.column])
  return row
}

/** The fields of a table, and the jsonb column of a flexible one. */
export function columnsOf(table: TableSchema): FieldSchema[] {
  const fields = Object.values(table.fields)
  return table.flexible ? [...fields, { type: 'json', column: table.flexible.column }] : fields
}

/** Turns a JSON value from the wire into a model value; absent when it is none of the type. */
export function fromJson(type: ValueType, list: boolean | undefined, json: unknown): unknown {
  if (json === null || json === undefined) return undefined
  if (!list) return scalarFromJson(type, json)
  return Array.isArray(json)
    ? json.map(item => (item === null ? undefined : scalarFromJson(type, item)))
    : undefined
}

function scalarFromJson(type: ValueType, json: unknown): unknown {
  switch (type) {
    case 'bool':
      return typeof json === 'boolean' ? json : undefined
    case 'int':
      if (typeof json === 'string' && /^-?\d{1,19}$/.test(json)) return normalizeInt(BigInt(json))
      return Number.isSafeInteger(json) ? (json as number) + 0 : undefined
    case 'double':
      if (json === 'NaN' || json === 'Infinity' || json === '-Infinity') return Number(json)
      return typeof json === 'number' ? json : undefined
    case 'decimal':
      return typeof json === 'number' || typeof json === 'string' ? parseDecimal(String(json)) : undefined
    case 'json':
    case 'geopoint':
      return json
  }
  if (typeof json !== 'string') return undefined
  switch (type) {
    case 'string':
      return isStorable(json) ? json : undefined
    case 'uuid':
      return parseUuid(json)
    case 'timestamp':
      return json === 'infinity' ? Infinity : json === '-infinity' ? -Infinity : parseTimestamp(json)
    case 'date':
      return json === 'infinity' ? Infinity : json === '-infinity' ? -Infinity : parseDate(json)
  }
}

/** The model row of a JSON document with the table's field names; what a flexible table does not know goes along. */
export function rowFromJson(table: TableSchema, document: Readonly<Record<string, unknown>>): Row {
  const row: Record<string, unknown> = {}
  for (const field of columnsOf(table)) row[field.column] = undefined
  const rest: Record<string, unknown> = {}
  for (const [name, json] of Object.entries(document)) {
    const field = Object.hasOwn(table.fields, name) ? table.fields[name] : undefined
    if (field) row[field.column] = fromJson(field.type, field.list, json)
    else
      Object.defineProperty(rest, name, { value: json, enumerable: true, configurable: true, writable: true })
  }
  if (table.flexible) row[table.flexible.column] = rest
  return row
}
