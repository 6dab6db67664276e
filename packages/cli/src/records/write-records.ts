import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import { writeCell } from '@cloudbox/protocol/records/csv-row'
import type { Format } from './format.ts'

type Document = Readonly<Record<string, unknown>>

/** How a format writes documents, one after the other. */
export interface RecordWriter {
  /** What stands before the first one. */
  readonly head: string
  /** `isFirst` of the file. */
  write(document: Document, isFirst: boolean): string
  readonly foot: string
}

/** Makes the writer of a collection's documents. */
export function recordWriter(format: Format, definition: CollectionDefinition): RecordWriter {
  if (format === 'json')
    return {
      head: '[',
      write: (document, isFirst) => `${isFirst ? '\n' : ',\n'}${JSON.stringify(document)}`,
      foot: '\n]\n',
    }
  if (format === 'csv') return csvWriter(definition)
  if (format === 'sql') return sqlWriter(definition)
  return { head: '', write: document => `${JSON.stringify(document)}\n`, foot: '' }
}

/** Names of what a document has; unknown fields of a flexible collection are one column. */
function columnsOf({ fields, flexible }: CollectionDefinition): string[] {
  return ['id', 'createdAt', 'updatedAt', ...Object.keys(fields), ...(flexible === true ? [extra] : [])]
}

const extra = 'extraFields'

function valueOf(document: Document, column: string, columns: ReadonlySet<string>): unknown {
  if (column !== extra) return document[column]
  const unknown = Object.entries(document).filter(([name]) => !columns.has(name))
  return unknown.length === 0 ? null : Object.fromEntries(unknown)
}

function csvWriter(definition: CollectionDefinition): RecordWriter {
  const columns = columnsOf(definition)
  const known = new Set(columns)
  return {
    head: `${columns.map(writeCell).join(',')}\r\n`,
    write: document => `${columns.map(name => writeCell(valueOf(document, name, known))).join(',')}\r\n`,
    foot: '',
  }
}

const sqlNames: Readonly<Record<string, string>> = {
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  [extra]: 'extra_fields',
}

/** Plain INSERTs: any Postgres that has such a table reads them with psql, whatever else it is. */
function sqlWriter(definition: CollectionDefinition): RecordWriter {
  const columns = columnsOf(definition).filter(name => definition.fields[name]?.computed === undefined)
  const known = new Set(columnsOf(definition))
  const names = columns.map(name => quoteName(sqlNames[name] ?? name)).join(', ')
  const insert = `insert into ${quoteName(definition.name)} (${names}) values (`
  return {
    head: "set standard_conforming_strings = on;\nset client_encoding = 'UTF8';\n",
    write: document => {
      const values = columns.map(name => literal(valueOf(document, name, known), definition.fields[name]))
      return `${insert}${values.join(', ')});\n`
    },
    foot: '',
  }
}

function literal(value: unknown, field: FieldDefinition | undefined): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return quoteText(value)
  if (field?.list === true && Array.isArray(value)) return quoteText(`{${value.map(element).join(',')}}`)
  if (field?.type === 'geopoint') {
    const { lng, lat } = value as { lng: number; lat: number }
    return quoteText(`(${lng},${lat})`)
  }
  return quoteText(JSON.stringify(value))
}

/** An element of an array as Postgres reads it. */
function element(value: unknown): string {
  if (value === null) return 'null'
  return typeof value === 'string' ? `"${value.replaceAll(/["\\]/g, found => `\\${found}`)}"` : String(value)
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
