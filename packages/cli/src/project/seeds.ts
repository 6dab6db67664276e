import { readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { at } from '../api.ts'
import { Failure, failure } from '../failure.ts'
import { readRecords } from '../records/read-records.ts'
import { makeDocuments, type Seeding } from '../seeds/make-documents.ts'
import { fakerOf } from '../seeds/faker.ts'
import { readSeedFile, type RawDocument } from '../seeds/read-seed-file.ts'
import { seedUsers } from '../seeds/seed-users.ts'
import type { Project } from './find-project.ts'
import { shown } from './load-module.ts'
import type { Target } from './target.ts'

export interface SeedOptions {
  /** Names of files (with or without number and ending) or of collections; all unless told. */
  readonly only?: readonly string[]
  /** How many documents generators make where the file does not say. */
  readonly count?: number
  /** Begins with empty collections. */
  readonly reset?: boolean
}

/** What became of a file. */
export interface SeededFile {
  readonly file: string
  readonly created: number
  readonly changed: number
  readonly unchanged: number
}

/** Documents of one request: one transaction. */
const mostAtOnce = 10_000

/**
 * Writes what `cloudbox/seed/` says into an environment, file by file in the order of names. Doing it again changes
 * nothing: ids come from where a document stands, and only what differs is written.
 *
 * @throws Failure with the file and the line or place of what is wrong
 */
export async function runSeeds(
  project: Project,
  target: Target,
  options: SeedOptions = {},
): Promise<SeededFile[]> {
  const { collections } = await target.api.get<{ collections: CollectionDefinition[] }>('/data/$collections')
  const definitions = new Map(collections.map(definition => [definition.name, definition]))
  const seeding: Seeding = { definitions, ids: new Map() }
  const folder = join(project.folder, 'seed')
  const seeds: { path: string; raw: ReadonlyMap<string, readonly RawDocument[]>; isWanted: boolean }[] = []
  for (const name of await namesIn(folder)) {
    const path = join(folder, name)
    const fake = fakerOf(definitions, { seed: name, count: options.count ?? 10 })
    const raw = await readSeedFile({ project, path, fake, definitions, readRecords })
    seeds.push({ path, raw, isWanted: isWanted(options.only, name) })
  }
  const chosen = (name: string, file: { isWanted: boolean }) =>
    file.isWanted || options.only?.includes(name) === true
  if (options.reset === true) {
    const names = new Set(seeds.flatMap(seed => [...seed.raw.keys()].filter(name => chosen(name, seed))))
    await empty(target, [...names].filter(name => name !== 'users').toReversed())
  }
  const files: SeededFile[] = []
  for (const seed of seeds) {
    const file = shown(project, seed.path)
    const made = makeDocuments(file, seed.raw, seeding)
    const counts = { created: 0, changed: 0, unchanged: 0 }
    const writes: Write[] = []
    for (const [collection, documents] of made) {
      if (!chosen(collection, seed)) continue
      if (collection === 'users') await seedUsers(target, documents, counts)
      else writes.push(...(await differing(target, collection, documents, counts)))
    }
    await write(target, file, writes)
    if ([...made.keys()].some(name => chosen(name, seed))) files.push({ file, ...counts })
  }
  return files
}

interface Write {
  readonly collection: string
  readonly document: Readonly<Record<string, unknown>>
  readonly place: string
}

type Counts = { created: number; changed: number; unchanged: number }

/** Those that are not there as they should be. */
async function differing(
  target: Target,
  collection: string,
  documents: readonly { readonly document: Readonly<Record<string, unknown>>; readonly place: string }[],
  counts: Counts,
): Promise<Write[]> {
  const writes: Write[] = []
  for (let from = 0; from < documents.length; from += 100) {
    const some = documents.slice(from, from + 100)
    const list = some.map(({ document }) => String(document['id'])).join(',')
    const there = await target.api.get<Record<string, unknown>[]>(
      `${at`/data/${collection}`}?id=in.(${list})&limit=100`,
    )
    const known = new Map(there.map(one => [String(one['id']), one]))
    for (const one of some) {
      const before = known.get(String(one.document['id']))
      if (before === undefined) counts.created++
      else if (Object.entries(one.document).every(([name, value]) => isSame(before[name], value))) {
        counts.unchanged++
        continue
      } else counts.changed++
      writes.push({ collection, ...one })
    }
  }
  return writes
}

/** A time and a number may be written in more than one way. */
function isSame(there: unknown, wanted: unknown): boolean {
  if (isDeepStrictEqual(there ?? null, wanted ?? null)) return true
  if (typeof there === 'string' && typeof wanted === 'string') {
    const isTime = /^\d{4}-\d\d-\d\d[T ]/.test(there) && /^\d{4}-\d\d-\d\d/.test(wanted)
    return isTime && Date.parse(there) === Date.parse(wanted)
  }
  const isNumber = (value: unknown) =>
    typeof value === 'number' || (typeof value === 'string' && value !== '')
  return isNumber(there) && isNumber(wanted) && Number(there) === Number(wanted)
}

/** All of a file or nothing, as long as it is no more than one request takes. */
async function write(target: Target, file: string, writes: readonly Write[]): Promise<void> {
  for (let from = 0; from < writes.length; from += mostAtOnce) {
    const some = writes.slice(from, from + mostAtOnce)
    const operations = [...Map.groupBy(some, one => one.collection)].map(([collection, ones]) => ({
      op: 'upsert',
      collection,
      data: ones.map(({ document }) => document),
      prefer: 'return=minimal',
    }))
    try {
      await target.api.post('/data/$batch', { operations })
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      throw placed(error, file, some)
    }
  }
}

/** Says which document of the file it was. */
function placed({ body, exitCode }: Failure, file: string, writes: readonly Write[]): Failure {
  const groups = [...Map.groupBy(writes, one => one.collection).values()]
  const find = (at: string) => {
    const [, group, index, rest = ''] = /^\/operations\/(\d+)(?:\/data)?(?:\/(\d+))?(.*)$/.exec(at) ?? []
    const one = group === undefined ? undefined : groups[Number(group)]?.[Number(index ?? NaN)]
    return one && { place: one.place, rest }
  }
  const errors = body.errors?.map(error => {
    const found = find(error.at)
    return found === undefined ? error : { ...error, at: `${found.place} ${found.rest}` }
  })
  const first = body.errors?.map(({ at }) => find(at)).find(found => found !== undefined)
  const detail = `${first?.place ?? file}: ${body.detail}`
  return new Failure({ ...body, detail, ...(errors && { errors }) }, exitCode)
}

async function empty(target: Target, collections: readonly string[]): Promise<void> {
  for (const name of collections) await target.api.delete(`${at`/data/${name}`}?id=is.not_null`)
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [] as string[]
    throw error
  })
  const known = new Set(['.json', '.jsonl', '.ndjson', '.csv', '.tsv', '.ts', '.mts', '.js', '.mjs'])
  return names
    .filter(name => known.has(extname(name)) && !name.startsWith('.') && !name.endsWith('.d.ts'))
    .toSorted()
}

function isWanted(only: readonly string[] | undefined, name: string): boolean {
  if (only === undefined || only.length === 0) return true
  const bare = name.replace(/\.\w+$/, '')
  return only.some(one => one === name || one === bare || one === bare.replace(/^\d+[_-]/, ''))
}

/** @throws Failure when a name of `--only` is neither a file nor a collection */
export async function checkOnly(project: Project, target: Target, only: readonly string[]): Promise<void> {
  const names = await namesIn(join(project.folder, 'seed'))
  const { collections } = await target.api.get<{ collections: CollectionDefinition[] }>('/data/$collections')
  for (const one of only) {
    const isKnown = names.some(name => isWanted([one], name)) || collections.some(({ name }) => name === one)
    if (!isKnown)
      throw failure(
        'usage',
        `There is no seed and no collection ${one}.`,
        `There are ${names.join(', ') || 'none'}.`,
      )
  }
}
