import { randomUUID } from 'node:crypto'
import { createWriteStream, type WriteStream } from 'node:fs'
import { once } from 'node:events'
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import { at } from '../api.ts'
import { command } from '../command.ts'
import { failure } from '../failure.ts'
import { targetOf, targetOptions } from '../project/target.ts'
import { formatOf, type ReadableFormat } from '../records/format.ts'
import { progressText } from '../records/progress-text.ts'
import { beginning, readRecords, type Place } from '../records/read-records.ts'
import { writeBatch, type Placed, type Refused } from '../records/write-batch.ts'
import { showProgress } from '../terminal/progress.ts'

/** Rows of one request. */
const batchRows = 500
/** And at most about so many bytes of them, well below what the server takes. */
const batchBytes = 4_000_000

/** What is left of an import that was interrupted. */
interface State {
  readonly session: string
  readonly environment: string
  readonly collection: string
  readonly size: number
  readonly place: Place
  readonly imported: number
  readonly refused: number
  /** Bytes of the file of refused rows that count. */
  readonly errorBytes: number
}

export const importCommand = command({
  name: 'import',
  summary: 'Write the documents of a file into a collection',
  description:
    'Reads JSON lines, a JSON array or CSV, of any size. Rows that are refused are written to FILE.errors.jsonl with line, field and message, and the others are imported. An import that was interrupted goes on with --resume and writes nothing twice. createdAt, updatedAt and computed fields are made anew.',
  arguments: { file: { description: 'The file: .jsonl, .ndjson, .json, .csv or .tsv' } },
  options: {
    ...targetOptions,
    into: { type: 'string', value: 'COLLECTION', description: 'The collection; else the name of the file' },
    format: { type: 'string', value: 'FORMAT', description: 'jsonl, json or csv; else as the file is named' },
    map: {
      type: 'string',
      value: 'FROM=TO',
      multiple: true,
      description: 'Which field a column becomes; "FROM=" leaves it out',
    },
    upsert: {
      type: 'string',
      value: 'FIELD',
      description: 'Change documents that have the same value there',
    },
    resume: { type: 'boolean', description: 'Go on where the last import of this file was interrupted' },
    'dry-run': { type: 'boolean', description: 'Only read the file and count' },
  },
  examples: [
    'cloudbox import people.csv',
    'cloudbox import export.jsonl --into people --upsert email',
    'cloudbox import people.csv --map "Full name=name" --map notes= --dry-run',
  ],
  async run(setting, { arguments: { file }, options }) {
    const path = resolve(setting.cwd, file)
    const format = formatOf(options.format, file)
    if (format === undefined || format === 'sql')
      throw failure('usage', `${file} is in no format that can be read.`, 'Say --format jsonl, json or csv.')
    const target = await targetOf(setting, options)
    const collection = options.into ?? basename(file, extname(file))
    const definition = await target.api.get<CollectionDefinition>(at`/data/$collections/${collection}`)
    const fields = fieldsOf(definition, readMap(options.map ?? []))
    const { size } = await stat(path).catch(() => {
      throw failure('cannot-load', `There is no file ${file}.`)
    })
    const isDry = options['dry-run'] === true
    const stateFile = `${path}.import.json`
    const known = isDry ? undefined : await readState(stateFile)
    const wanted = { environment: target.environmentUrl, collection, size }
    const before = resumed(known, wanted, options.resume === true, file)
    const run = { path, format, size, fields, collection, upsert: options.upsert, isDry, stateFile, wanted }

    const progress = showProgress(setting.terminal)
    const startedAt = performance.now()
    const state = await importFile(target, run, before, (rows, bytes) => {
      const sinceMs = performance.now() - startedAt
      progress.tell(progressText({ rows, bytes, totalBytes: size, sinceMs }))
    }).finally(() => progress.end())
    const { imported, refused } = state
    const json = { environment: target.name, collection, dryRun: isDry, imported, refused }
    const done = isDry
      ? `${imported} rows of ${file} can be read`
      : `Imported ${imported} rows into ${collection}`
    const errors = `${file}.errors.jsonl`
    return {
      json: refused > 0 ? { ...json, errors } : json,
      text: `${done}${refused > 0 ? `; ${refused} were refused: ${errors}` : '.'}`,
      exitCode: refused > 0 ? 1 : 0,
    }
  },
})

interface Run {
  readonly path: string
  readonly format: ReadableFormat
  readonly size: number
  readonly fields: Fields
  readonly collection: string
  readonly upsert: string | undefined
  readonly isDry: boolean
  readonly stateFile: string
  readonly wanted: Pick<State, 'environment' | 'collection' | 'size'>
}

async function importFile(
  target: Awaited<ReturnType<typeof targetOf>>,
  run: Run,
  before: State | undefined,
  tell: (rows: number, bytes: number) => void,
): Promise<State> {
  const { path, format, fields, collection, upsert, isDry } = run
  let state: State = before ?? {
    ...run.wanted,
    session: randomUUID(),
    place: beginning,
    imported: 0,
    refused: 0,
    errorBytes: 0,
  }
  const errors = errorFile(`${path}.errors.jsonl`, state.errorBytes)
  let header: Pick<Place, 'columns' | 'separator'> = {}
  if (state.place.columns !== undefined) header = state.place
  let rows: Placed[] = []
  let bad: Refused[] = []
  let bytes = 0
  const flush = async (place: Place): Promise<void> => {
    const refused = isDry
      ? []
      : await writeBatch(target, rows, { collection, upsert, session: state.session })
    const lines = new Set(refused.map(({ line }) => line))
    const errorBytes = await errors.write([...bad, ...refused].toSorted((a, b) => a.line - b.line))
    state = {
      ...state,
      place: { ...place, ...columnsOf(header) },
      imported: state.imported + rows.length - lines.size,
      refused: state.refused + new Set(bad.map(({ line }) => line)).size + lines.size,
      errorBytes,
    }
    if (!isDry) await writeState(run.stateFile, state)
    rows = []
    bad = []
    bytes = 0
    tell(state.imported + state.refused, place.offset)
  }
  try {
    let last = state.place
    const headerRead = (columns: readonly string[], separator: string) => {
      fields.check(columns, path)
      header = { columns, separator }
    }
    for await (const record of readRecords(path, {
      format,
      from: state.place,
      fieldOf: fields.of,
      headerRead,
    })) {
      const { line, end, endLine, document, mistake } = record
      if (document === undefined) bad.push({ line, message: mistake! })
      else rows.push({ line, document: fields.rename(document) })
      bytes += end - last.offset
      last = { offset: end, line: endLine }
      if (rows.length + bad.length >= batchRows || bytes >= batchBytes) await flush(last)
    }
    if (rows.length + bad.length > 0) await flush(last)
    if (!isDry) await rm(run.stateFile, { force: true })
    return state
  } finally {
    await errors.close()
  }
}

function columnsOf({ columns, separator }: Pick<Place, 'columns' | 'separator'>): Partial<Place> {
  return columns === undefined || separator === undefined ? {} : { columns, separator }
}

/** What is written of rows that were refused; made with the first of them. */
function errorFile(path: string, begin: number) {
  let stream: WriteStream | undefined
  let bytes = begin
  return {
    async write(refused: readonly Refused[]): Promise<number> {
      if (refused.length === 0) return bytes
      // What an interrupted import has written beyond what it noted is written again.
      stream ??= createWriteStream(path, begin === 0 ? {} : { flags: 'r+', start: begin })
      const text = refused.map(one => `${JSON.stringify(one)}\n`).join('')
      bytes += Buffer.byteLength(text)
      if (!stream.write(text)) await once(stream, 'drain')
      return bytes
    },
    async close(): Promise<void> {
      if (stream === undefined) return
      stream.end()
      await once(stream, 'close')
    },
  }
}

/** What the columns of a file become. */
interface Fields {
  of(column: string): FieldDefinition | undefined
  rename(document: Readonly<Record<string, unknown>>): Record<string, unknown>
  /** @throws Failure when a column is no field */
  check(columns: readonly string[], path: string): void
}

function fieldsOf(
  { name, fields, flexible }: CollectionDefinition,
  map: ReadonlyMap<string, string | undefined>,
): Fields {
  const nameOf = (column: string) => (map.has(column) ? map.get(column) : column)
  const isMadeAnew = (field: string) =>
    field === 'createdAt' || field === 'updatedAt' || fields[field]?.computed !== undefined
  return {
    of: column => {
      const field = nameOf(column)
      return field === undefined
        ? undefined
        : (fields[field] ?? (field === 'id' ? { type: 'uuid' } : undefined))
    },
    rename: document => {
      const renamed: Record<string, unknown> = {}
      for (const [column, value] of Object.entries(document)) {
        const field = nameOf(column)
        if (field !== undefined && !isMadeAnew(field)) renamed[field] = value
      }
      return renamed
    },
    check: (columns, path) => {
      if (flexible === true) return
      const unknown = columns.filter(column => {
        const field = nameOf(column)
        return field !== undefined && field !== 'id' && !isMadeAnew(field) && fields[field] === undefined
      })
      if (unknown.length === 0) return
      throw failure(
        'usage',
        `${path}:1: ${name} has no field ${unknown.join(', ')}.`,
        `Say what it becomes: --map "${unknown[0]}=FIELD", or --map "${unknown[0]}=" to leave it out.`,
      )
    },
  }
}

function readMap(entries: readonly string[]): Map<string, string | undefined> {
  return new Map(
    entries.map(entry => {
      const at = entry.lastIndexOf('=')
      if (at < 1) throw failure('usage', `--map ${entry} says nothing.`, 'Write --map COLUMN=FIELD.')
      return [entry.slice(0, at), entry.slice(at + 1) || undefined] as const
    }),
  )
}

function resumed(
  state: State | undefined,
  wanted: Pick<State, 'environment' | 'collection' | 'size'>,
  isAsked: boolean,
  file: string,
): State | undefined {
  if (state === undefined) {
    if (!isAsked) return undefined
    throw failure('usage', `No import of ${file} was interrupted.`, 'Leave --resume out.')
  }
  const isSame = Object.entries(wanted).every(([key, value]) => state[key as keyof typeof wanted] === value)
  if (isAsked && isSame) return state
  const why = isSame
    ? `An import of ${file} was interrupted after ${state.imported} rows.`
    : `The interrupted import of ${file} went to ${state.collection} of ${state.environment}, or the file has changed.`
  throw failure(
    'usage',
    why,
    `${isSame ? 'Go on with --resume, or remove' : 'To begin anew remove'} ${file}.import.json.`,
  )
}

async function readState(path: string): Promise<State | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as State
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw failure('not-whole', `${path} cannot be read.`, 'Remove it to begin anew.')
  }
}

async function writeState(path: string, state: State): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(state))
  await rename(`${path}.new`, path)
}
