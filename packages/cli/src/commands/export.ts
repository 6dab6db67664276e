import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { at } from '../api.ts'
import { command, type Setting } from '../command.ts'
import { failure } from '../failure.ts'
import { send } from '../http.ts'
import { targetOf, targetOptions, type Target } from '../project/target.ts'
import { formatOf, type Format } from '../records/format.ts'
import { progressText } from '../records/progress-text.ts'
import { findLine, split } from '../records/split-bytes.ts'
import { recordWriter } from '../records/write-records.ts'
import { showProgress } from '../terminal/progress.ts'

/** How often it is noted how far an export is. */
const noteRows = 5000

/** How far an export to a file is: bytes of it that count, and the document they end with. */
interface State {
  readonly environment: string
  readonly bytes: number
  readonly rows: number
  readonly lastId: string
}

export const exportCommand = command({
  name: 'export',
  summary: 'Write the documents of a collection to a file, or to standard output',
  description:
    'Documents come in the order of their ids. An export to a file that was interrupted goes on with --resume. With --all every collection has a file in the folder --out, and schema.json says what they are; accounts (users) and files are not in it. SQL is INSERTs that psql reads.',
  arguments: { collection: { description: 'The collection; none with --all', optional: true } },
  options: {
    ...targetOptions,
    all: { type: 'boolean', description: 'Every collection; --out is a folder' },
    format: {
      type: 'string',
      value: 'FORMAT',
      description: 'jsonl (unless the file says else), json, csv, sql',
    },
    out: { type: 'string', value: 'FILE', description: 'Where to; else standard output' },
    resume: { type: 'boolean', description: 'Go on where the last export to this file was interrupted' },
  },
  examples: [
    'cloudbox export todos --out todos.csv',
    'cloudbox export todos --format sql',
    'cloudbox export --all --out backup',
  ],
  async run(setting, { arguments: { collection }, options }) {
    const { all = false, out, resume = false } = options
    if (all === (collection !== undefined))
      throw failure('usage', 'Which collection?', 'Name one, or say --all.')
    if (out === undefined && (all || resume || setting.isJson))
      throw failure('usage', '--out is missing.', 'Say --out FILE; with --all it is a folder.')
    const target = await targetOf(setting, options)
    const asked = formatOf(options.format, all ? undefined : out) ?? 'jsonl'
    const path = out === undefined ? undefined : resolve(setting.cwd, out)
    if (!all) {
      const definition = await target.api.get<CollectionDefinition>(at`/data/$collections/${collection!}`)
      const rows = await exportOne(setting, target, { definition, format: asked, path, isResumed: resume })
      const json = { environment: target.name, collection, rows, out }
      return path === undefined
        ? undefined
        : { json, text: `Exported ${rows} rows of ${collection} to ${out}.` }
    }
    const { collections } = await target.api.get<{ collections: Listed[] }>('/data/$collections')
    const own = collections.filter(({ system }) => system !== true)
    await mkdir(path!, { recursive: true })
    const rows: Record<string, number> = {}
    for (const definition of own) {
      const file = join(path!, `${definition.name}.${asked}`)
      rows[definition.name] = await exportOne(setting, target, {
        definition,
        format: asked,
        path: file,
        isResumed: resume && (await readState(`${file}.export.json`)) !== undefined,
      })
    }
    const definitions = own.map(({ version: _version, system: _system, ...definition }) => definition)
    await writeFile(join(path!, 'schema.json'), `${JSON.stringify({ collections: definitions }, null, 2)}\n`)
    const total = Object.values(rows).reduce((sum, count) => sum + count, 0)
    return {
      json: { environment: target.name, collections: rows, out },
      text: `Exported ${total} rows of ${own.length} collections to ${out}.`,
    }
  },
})

interface Listed extends CollectionDefinition {
  readonly system?: boolean
  readonly version: number
}

interface One {
  readonly definition: CollectionDefinition
  readonly format: Format
  /** None: standard output. */
  readonly path: string | undefined
  readonly isResumed: boolean
}

async function exportOne(setting: Setting, target: Target, one: One): Promise<number> {
  const { definition, format, path } = one
  const before = await stateOf(one, target)
  const writer = recordWriter(format, definition)
  const out: Writable =
    path === undefined
      ? setting.terminal.stdout
      : createWriteStream(path, before === undefined ? {} : { flags: 'r+', start: before.bytes })
  const counted = await countOf(target, definition.name)
  let { rows, bytes, lastId } = before ?? { rows: 0, bytes: 0, lastId: '' }
  const write = async (text: string) => {
    bytes += Buffer.byteLength(text)
    if (!out.write(text)) await once(out, 'drain')
  }
  const progress = showProgress(setting.terminal)
  const startedAt = performance.now()
  const stateFile = `${path}.export.json`
  if (before === undefined) await write(writer.head)
  try {
    for await (const document of documentsOf(target, definition.name, lastId)) {
      await write(writer.write(document, rows === 0))
      rows++
      lastId = document.id
      if (rows % 100 !== 0) continue
      const sinceMs = performance.now() - startedAt
      const share = counted === 0 ? 0 : rows / counted
      progress.tell(
        progressText({
          rows,
          bytes,
          totalBytes: share > 0 ? Math.max(bytes, bytes / share) : undefined,
          sinceMs,
        }),
      )
      if (path !== undefined && rows % noteRows === 0) {
        // What is noted has to be in the file.
        await new Promise<void>((done, failed) => out.write('', error => (error ? failed(error) : done())))
        await writeState(stateFile, { environment: target.environmentUrl, bytes, rows, lastId })
      }
    }
    await write(writer.foot)
  } finally {
    progress.end()
    if (path !== undefined) {
      out.end()
      await once(out, 'close')
    }
  }
  if (path !== undefined) await rm(stateFile, { force: true })
  return rows
}

/** Documents after one, in the order of ids, as they come. */
async function* documentsOf(
  { environmentUrl, api }: Target,
  collection: string,
  after: string,
): AsyncGenerator<Readonly<Record<string, unknown>> & { readonly id: string }> {
  const rest = after === '' ? '' : `&id=gt.${after}`
  const response = await send({
    method: 'GET',
    url: `${environmentUrl}/v1${at`/data/${collection}`}?order=id${rest}`,
    headers: { ...(await api.headers()), accept: 'application/x-ndjson' },
  })
  const chunks = (async function* () {
    for await (const chunk of response.body!) yield Buffer.from(chunk)
  })()
  try {
    for await (const { text } of split(chunks, findLine, { offset: 0, line: 1 })) yield JSON.parse(text)
  } catch (error) {
    throw failure(
      'interrupted',
      `The export of ${collection} was interrupted: ${(error as Error).message}`,
      'Go on with --resume.',
    )
  }
}

/** About how many there are; 0 when nobody knows. */
async function countOf({ environmentUrl, api }: Target, collection: string): Promise<number> {
  const response = await send({
    method: 'GET',
    url: `${environmentUrl}/v1${at`/data/${collection}`}?select=id&limit=1&count=estimated`,
    headers: await api.headers(),
  })
  await response.body?.cancel()
  return Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? 0)
}

/** Where an export goes on. @throws Failure `cli/usage` */
async function stateOf({ path, isResumed }: One, target: Target): Promise<State | undefined> {
  if (path === undefined || !isResumed) return undefined
  const state = await readState(`${path}.export.json`)
  if (state === undefined || state.environment !== target.environmentUrl)
    throw failure('usage', `No export of ${target.name} to ${path} was interrupted.`, 'Leave --resume out.')
  const { size } = await stat(path)
  if (size < state.bytes) throw failure('usage', `${path} is shorter than it was.`, 'Leave --resume out.')
  await truncate(path, state.bytes)
  return state
}

async function readState(path: string): Promise<State | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as State)
}

async function writeState(path: string, state: State): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(state))
  await rename(`${path}.new`, path)
}
