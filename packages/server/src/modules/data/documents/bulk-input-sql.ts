import { id, join, raw, sql, type Sql } from '../../../kernel/sql.ts'
import { fieldTraits } from '../collections/field-types.ts'
import type { Collection, Field } from '../collection.ts'
import type { IncomingDocument } from './check-document.ts'

/** From so many documents on they travel by column; for fewer, one JSON value makes the smaller statement. */
export const bulkRows = 16

/**
 * Incoming documents as rows, from one array for each column: both sides work less than with an array of JSON
 * objects, which names every field in every row. `#` is the number of the row.
 */
export function bulkInputSql(
  documents: readonly IncomingDocument[],
  columns: readonly string[],
  collection: Collection,
): Sql {
  const fields = new Map([...collection.fields.values()].map(field => [field.column, field]))
  const arrays = join(
    columns.map(column => {
      const field = fields.get(column)
      const text = field === undefined ? extrasText(documents) : columnText(documents, field)
      return sql`${text}::${raw(`${elementType(field)}[]`)}`
    }),
  )
  const names = join([...columns.map(column => id(column)), raw('"#"')])
  const values = join(
    columns.map(column => {
      const field = fields.get(column)
      // There are no arrays of arrays of different lengths: a list travels as text.
      return field?.list
        ? sql`x.${id(column)}::${raw(fieldTraits[field.type].sql)}[] as ${id(column)}`
        : sql`x.${id(column)}`
    }),
  )
  return sql`select (x."#" - 1)::int as "#", ${values} from unnest(${arrays}) with ordinality as x(${names})`
}

function elementType(field: Field | undefined): string {
  // Only the column of unknown fields has no field.
  if (field === undefined) return 'jsonb'
  return field.list ? 'text' : fieldTraits[field.type].sql
}

function extrasText(documents: readonly IncomingDocument[]): string {
  return `{${documents.map(({ extra }) => quote(JSON.stringify(extra))).join(',')}}`
}

/** The values of one column as the text of an array. */
function columnText(documents: readonly IncomingDocument[], { column, list, type }: Field): string {
  const write = writerOf(type)
  let text = '{'
  for (const { values } of documents) {
    if (text.length > 1) text += ','
    const value = values.get(column)
    if (value === undefined || value === null) text += 'NULL'
    else text += list ? quote(`{${(value as unknown[]).map(write).join(',')}}`) : write(value)
  }
  return `${text}}`
}

/** How a value of a type stands in an array. */
function writerOf(type: Field['type']): (value: unknown) => string {
  switch (type) {
    case 'integer':
    case 'number':
    case 'decimal':
    case 'boolean':
    case 'uuid':
    case 'relation':
      // Nothing in them has a meaning in an array.
      return String
    case 'json':
      return value => quote(JSON.stringify(value))
    default:
      return value => quote(String(value))
  }
}

const special = /["\\]/

function quote(text: string): string {
  return `"${special.test(text) ? text.replaceAll(/["\\]/g, '\\$&') : text}"`
}
