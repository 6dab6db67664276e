import { basename, extname } from 'node:path'
import { readFile } from 'node:fs/promises'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { Failure, failure } from '../failure.ts'
import type { Project } from '../project/find-project.ts'
import { loadModule, shown } from '../project/load-module.ts'
import { formatOf, type ReadableFormat } from '../records/format.ts'
import type { readRecords } from '../records/read-records.ts'
import { closest } from '../closest.ts'
import type { Fake } from './faker.ts'

/** A document as it stands in a file, and where. */
export interface RawDocument {
  readonly document: Readonly<Record<string, unknown>>
  readonly place: string
}

interface ReadSeed {
  readonly project: Project
  readonly path: string
  readonly fake: Fake
  readonly definitions: ReadonlyMap<string, CollectionDefinition>
  readonly readRecords: typeof readRecords
}

/** Documents of a file by collection, in the order they stand there. @throws Failure `cli/cannot-load` */
export async function readSeedFile(seed: ReadSeed): Promise<ReadonlyMap<string, RawDocument[]>> {
  const { project, path, definitions } = seed
  const file = shown(project, path)
  const own = basename(path, extname(path)).replace(/^\d+[_-]/, '')
  const content = await contentOf(seed, file, own)
  const all = new Map<string, RawDocument[]>()
  for (const [collection, documents] of content) {
    if (!definitions.has(collection)) {
      const near = closest(collection, [...definitions.keys()])
      throw failure(
        'cannot-load',
        `${file}: there is no collection ${collection}.`,
        near === undefined ? 'Push the schema first: cloudbox schema push.' : `Did you mean ${near}?`,
      )
    }
    all.set(collection, documents)
  }
  return all
}

async function contentOf(
  { project, path, fake, definitions, readRecords: read }: ReadSeed,
  file: string,
  own: string,
): Promise<[string, RawDocument[]][]> {
  const format = formatOf(undefined, path)
  if (format === 'csv' || format === 'jsonl') {
    const fieldOf = (name: string) => {
      const field = definitions.get(own)?.fields[name]
      // A reference is a text whatever the field is.
      return name.startsWith('$') ? ({ type: 'text' } as const) : field
    }
    const documents: RawDocument[] = []
    for await (const { line, document, mistake } of read(path, {
      format: format as ReadableFormat,
      fieldOf,
    })) {
      if (document === undefined) throw failure('cannot-load', `${file}:${line}: ${mistake!}`)
      documents.push({ document, place: `${file}:${line}` })
    }
    return [[own, documents]]
  }
  let content: unknown
  if (format === 'json') content = parse(await readFile(path, 'utf8'), file)
  else {
    const exported = await loadModule(project, path)
    content = typeof exported === 'function' ? await call(exported as Make, fake, file) : exported
  }
  if (Array.isArray(content)) return [[own, documentsOf(content, file, own, fake)]]
  if (typeof content !== 'object' || content === null)
    throw failure('cannot-load', `${file} holds no documents.`, '{ "todos": [{ "title": "Milk" }] }')
  return Object.entries(content).map(([collection, list]) => [
    collection,
    documentsOf(list as unknown, file, collection, fake),
  ])
}

type Make = (tools: { readonly fake: Fake }) => unknown

/** What the function of a file throws is a mistake in that file. */
async function call(make: Make, fake: Fake, file: string): Promise<unknown> {
  try {
    return await make({ fake })
  } catch (error) {
    if (error instanceof Failure) throw error
    throw failure('cannot-load', `${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** A list; or `{ "$fake": 20, "done": false }`, which makes so many up. */
function documentsOf(list: unknown, file: string, collection: string, fake: Fake): RawDocument[] {
  const isSpec = typeof list === 'object' && list !== null && !Array.isArray(list) && '$fake' in list
  if (isSpec) {
    const { $fake: count, ...given } = list as { $fake: unknown }
    const made = madeUp(file, () =>
      typeof count === 'number' ? fake(collection, count, given) : fake(collection, given),
    )
    return made.map((document, i) => ({ document, place: `${file} ${collection}[${i}]` }))
  }
  if (!Array.isArray(list)) throw failure('cannot-load', `${file}: ${collection} is no list of documents.`)
  return list.map((document: unknown, i) => {
    const place = `${file} ${collection}[${i}]`
    if (typeof document !== 'object' || document === null || Array.isArray(document))
      throw failure('cannot-load', `${place}: a document is an object.`)
    return { document: document as Record<string, unknown>, place }
  })
}

function madeUp<T>(file: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (error instanceof RangeError) throw failure('cannot-load', `${file}: ${error.message}`)
    throw error
  }
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const line = text.slice(0, wrongFrom(text)).split('\n').length
    throw failure('cannot-load', `${file}:${line}: ${(error as Error).message.replaceAll(/\s+/g, ' ')}`)
  }
}

/** How much of a text it takes until it can be no beginning of JSON any more: the engine does not always say where. */
function wrongFrom(text: string): number {
  let [good, bad] = [0, text.length]
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (mayGoOn(text.slice(0, middle))) good = middle
    else bad = middle
  }
  return bad
}

function mayGoOn(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    const { message } = error as Error
    const [, at] = /position (\d+)/.exec(message) ?? []
    return /end of JSON|Unterminated/.test(message) || (at !== undefined && Number(at) >= text.length)
  }
}
