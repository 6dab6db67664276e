import { readRow, separatorOf, type Cell } from '@cloudbox/protocol/records/csv-row'

/** A file as it was read, before anybody said what its columns are. */
export interface FileTable {
  readonly columns: readonly string[]
  readonly records: readonly FileRecord[]
  /** Rows that could not be read. */
  readonly refused: readonly RefusedRow[]
}

export interface FileRecord {
  readonly line: number
  /** CSV has texts, JSON has values. */
  readonly cells: Readonly<Record<string, Cell | { readonly value: unknown }>>
}

/** A row that was not imported, and why. */
export interface RefusedRow {
  readonly line: number
  readonly field?: string | undefined
  readonly message: string
}

export type FileFormat = 'csv' | 'json' | 'jsonl'

/** The format the name of a file tells. */
export function formatOf(name: string): FileFormat | undefined {
  const end = /\.(\w+)$/.exec(name.toLowerCase())?.[1] ?? ''
  const formats: Readonly<Record<string, FileFormat>> = {
    csv: 'csv',
    tsv: 'csv',
    txt: 'csv',
    json: 'json',
    jsonl: 'jsonl',
    ndjson: 'jsonl',
  }
  return formats[end]
}

/** @throws SyntaxError where the file as a whole is not what its name says */
export function readTable(text: string, format: FileFormat): FileTable {
  const plain = text.replace(/^\uFEFF/, '')
  if (format === 'csv') return readCsv(plain)
  return format === 'jsonl' ? readLines(plain) : readArray(plain)
}

function readCsv(text: string): FileTable {
  const [header, ...rows] = rowsOf(text)
  if (header === undefined) throw new SyntaxError('The file is empty.')
  const separator = separatorOf(header.text)
  const columns = readRow(header.text, separator).map(cell => cell.text.trim())
  const twice = columns.find((name, i) => columns.indexOf(name) !== i)
  if (columns.includes('') || twice !== undefined)
    throw new SyntaxError(`The header names ${twice ? `${twice} twice` : 'a column with nothing'}.`)
  const records: FileRecord[] = []
  const refused: RefusedRow[] = []
  for (const { text: row, line } of rows) {
    const cells = readRow(row, separator)
    if (cells.length === columns.length)
      records.push({ line, cells: Object.fromEntries(columns.map((name, i) => [name, cells[i]!])) })
    else refused.push({ line, message: `the header has ${columns.length} columns, this row ${cells.length}` })
  }
  return { columns, records, refused }
}

/** Rows of CSV with their lines: a line break between quotes is part of a value. */
function* rowsOf(text: string): Generator<{ readonly text: string; readonly line: number }> {
  let start = 0
  let line = 1
  let startLine = 1
  let isQuoted = false
  for (let at = 0; at <= text.length; at++) {
    const sign = text[at]
    if (sign === '"') isQuoted = !isQuoted
    if (sign === '\n') line++
    if (at < text.length && (sign !== '\n' || isQuoted)) continue
    const row = text.slice(start, at).replace(/\r$/, '')
    if (row !== '') yield { text: row, line: startLine }
    start = at + 1
    startLine = line
  }
}

function readLines(text: string): FileTable {
  const records: FileRecord[] = []
  const refused: RefusedRow[] = []
  for (const [i, row] of text.split('\n').entries()) {
    if (row.trim() === '') continue
    try {
      push(JSON.parse(row), i + 1, records, refused)
    } catch (error) {
      refused.push({ line: i + 1, message: `no JSON: ${(error as Error).message}` })
    }
  }
  return { columns: columnsOf(records), records, refused }
}

function readArray(text: string): FileTable {
  const parsed: unknown = JSON.parse(text)
  const documents = Array.isArray(parsed) ? parsed : [parsed]
  const records: FileRecord[] = []
  const refused: RefusedRow[] = []
  for (const [i, document] of documents.entries()) push(document, i + 1, records, refused)
  return { columns: columnsOf(records), records, refused }
}

function push(document: unknown, line: number, records: FileRecord[], refused: RefusedRow[]): void {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    refused.push({ line, message: 'a document is an object' })
    return
  }
  const cells = Object.entries(document).map(([name, value]) => [name, { value }] as const)
  records.push({ line, cells: Object.fromEntries(cells) })
}

function columnsOf(records: readonly FileRecord[]): string[] {
  const names = new Set<string>()
  for (const { cells } of records) for (const name of Object.keys(cells)) names.add(name)
  return [...names]
}
