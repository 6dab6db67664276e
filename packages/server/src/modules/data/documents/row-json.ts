import { extraColumn, type Collection, type Field } from '../collection.ts'
import { id, raw, sql, type Sql } from '../../../kernel/sql.ts'

// How a value stands in a document. Two writers, one for Postgres and one for rows of the change stream, which have
// to agree to the byte: a live query and a list show the same document. A property test compares them.

/** The value of a field as an expression whose JSON form is right; `row` is an alias of this file's callers. */
export function fieldSql(row: string, { column, type, list }: Field): Sql {
  const value = sql`${raw(row)}.${id(column)}`
  // Exact numbers do not survive JSON.parse as numbers.
  if (type === 'decimal') return sql`${value}::${raw(list ? 'text[]' : 'text')}`
  if (type === 'geopoint')
    return sql`case when ${value} is not null then (select row_to_json(g) from (select (${value})[1] as "lat", (${value})[0] as "lng") g) end`
  return value
}

/** The whole document of `row` as JSON; `shaped` is the alias of its selected values. */
export function documentSql(row: string, shaped: string, withExtra: boolean): Sql {
  const plain = sql`row_to_json(${raw(shaped)})`
  if (!withExtra) return plain
  const extra = sql`${raw(row)}.${id(extraColumn)}`
  return sql`case when ${extra} <> '{}'::jsonb then (left(${plain}::text, -1) || ',' || substr(${extra}::text, 2))::json else ${plain} end`
}

/** A name of the document and the field behind it. */
export interface NamedField {
  readonly name: string
  readonly field: Field
}

/** The same document from the texts Postgres writes for the columns; null is NULL. */
export function writeDocument(
  fields: readonly NamedField[],
  withExtra: boolean,
  textOf: (column: string) => string | null,
): string {
  let json = '{'
  for (const { name, field } of fields) {
    const text = textOf(field.column)
    if (json.length > 1) json += ','
    json += `${JSON.stringify(name)}:${text === null ? 'null' : field.list ? writeList(text, field) : writeValue(text, field)}`
  }
  const extra = withExtra ? textOf(extraColumn) : null
  if (extra !== null && extra !== '{}') return `${json},${extra.slice(1)}`
  return `${json}}`
}

/** Every field of a collection, as `select=*` answers them. */
export function allFields(collection: Collection): NamedField[] {
  return [...collection.fields.values()].map(field => ({ name: field.name, field }))
}

function writeValue(text: string, { type }: Field): string {
  switch (type) {
    case 'integer':
    case 'json':
      return text
    case 'number':
      return /^-?\d/.test(text) ? text : `"${text}"`
    case 'boolean':
      return text === 't' ? 'true' : 'false'
    case 'timestamp':
      return `"${writeTimestamp(text)}"`
    case 'decimal':
    case 'date':
    case 'uuid':
    case 'relation':
      return `"${text}"`
    case 'geopoint': {
      const [lng = '', lat = ''] = text.slice(1, -1).split(',')
      const number = (part: string) => (/^-?\d/.test(part) ? part : `"${part}"`)
      return `{"lat":${number(lat)},"lng":${number(lng)}}`
    }
    default:
      return JSON.stringify(text)
  }
}

/** `2026-01-31 12:00:00.5+00` → `2026-01-31T12:00:00.5+00:00`; also ` BC` and `infinity`. */
function writeTimestamp(text: string): string {
  return text.replace(' ', 'T').replace(/\+00(?= BC$|$)/, '+00:00')
}

function writeList(text: string, field: Field): string {
  const items = readArray(text).map(item => (item === null ? 'null' : writeValue(item, field)))
  return `[${items.join(',')}]`
}

/** The elements of a one-dimensional array as Postgres writes it: `{a,"b,c",NULL}`. */
export function readArray(text: string): (string | null)[] {
  const items: (string | null)[] = []
  const element = /"((?:[^"\\]|\\[^])*)"|([^,{}"]+)/y
  for (let at = 1; at < text.length - 1; at++) {
    element.lastIndex = at
    const [whole = '', quoted, bare] = element.exec(text) ?? []
    items.push(
      quoted !== undefined ? quoted.replace(/\\([^])/g, '$1') : bare === 'NULL' ? null : (bare ?? ''),
    )
    at += whole.length
  }
  return items
}
