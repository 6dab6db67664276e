import { createReadStream } from 'node:fs'
import type { FieldDefinition } from '@cloudbox/protocol/collection'
import { failure } from '../failure.ts'
import { readRow, separatorOf } from '@cloudbox/protocol/records/csv-row'
import type { ReadableFormat } from './format.ts'
import { findElement, findLine, findRow, split } from './split-bytes.ts'
import { toValue } from '@cloudbox/protocol/records/to-value'

/** One record of a file: a document, or why it is none. */
export interface FileRecord {
  readonly line: number
  /** Where the next one begins. */
  readonly end: number
  readonly endLine: number
  readonly document?: Readonly<Record<string, unknown>>
  readonly mistake?: string
}

/** Where reading goes on; of a CSV file also the names of its header. */
export interface Place {
  readonly offset: number
  readonly line: number
  readonly columns?: readonly string[]
  readonly separator?: string
}

export interface ReadOptions {
  readonly format: ReadableFormat
  readonly from?: Place
  /** What the texts of CSV mean. */
  readonly fieldOf?: (name: string) => FieldDefinition | undefined
  /** Called with what the header says. */
  readonly headerRead?: (columns: readonly string[], separator: string) => void
}

export const beginning: Place = { offset: 0, line: 1 }

/** Reads documents one after the other, whatever the size of the file. @throws Failure `cli/cannot-load` */
export async function* readRecords(path: string, options: ReadOptions): AsyncGenerator<FileRecord> {
  const { format, from = beginning } = options
  const chunks = createReadStream(path, {
    start: from.offset,
    highWaterMark: 262_144,
  }) as AsyncIterable<Buffer>
  try {
    if (format === 'csv') yield* readCsv(path, chunks, from, options)
    else yield* readJson(chunks, from, format)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'EACCES')
      throw failure('cannot-load', `${path} cannot be read (${code}).`)
    throw error
  }
}

async function* readJson(
  chunks: AsyncIterable<Buffer>,
  from: Place,
  format: 'json' | 'jsonl',
): AsyncGenerator<FileRecord> {
  for await (const { text, line, ...next } of split(
    chunks,
    format === 'json' ? findElement : findLine,
    from,
  )) {
    const place = { line, ...next }
    try {
      const document = JSON.parse(text.replace(/^\uFEFF/, '')) as unknown
      yield isObject(document)
        ? { ...place, document }
        : { ...place, mistake: `a document is an object, not ${text.slice(0, 40)}` }
    } catch (error) {
      yield { ...place, mistake: `no JSON: ${(error as Error).message}` }
    }
  }
}

async function* readCsv(
  path: string,
  chunks: AsyncIterable<Buffer>,
  from: Place,
  { fieldOf = () => undefined, headerRead }: ReadOptions,
): AsyncGenerator<FileRecord> {
  let { columns, separator } = from
  for await (const { text, line, ...next } of split(chunks, findRow, from)) {
    if (columns === undefined || separator === undefined) {
      const header = text.replace(/^\uFEFF/, '')
      separator = separatorOf(header)
      columns = readRow(header, separator).map(cell => cell.text.trim())
      const twice = columns.find((name, i) => columns!.indexOf(name) !== i)
      if (columns.includes('') || twice !== undefined)
        throw failure(
          'cannot-load',
          `${path}:${line}: the header names ${twice ?? 'a column'} ${twice ? 'twice' : 'with nothing'}.`,
        )
      headerRead?.(columns, separator)
      continue
    }
    const cells = readRow(text, separator)
    if (cells.length !== columns.length) {
      yield { line, ...next, mistake: `the header has ${columns.length} columns, this row ${cells.length}` }
      continue
    }
    const values = columns.map((name, i) => [name, toValue(cells[i]!, fieldOf(name))] as const)
    yield { line, ...next, document: Object.fromEntries(values.filter(([, value]) => value !== undefined)) }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
