import { createClient, type Client } from '@cloudbox/client'
import { setUpAccounts } from './set-up-accounts.ts'
import { collections } from './collections.ts'
import { readCities, readMovies } from './data-sets.ts'

/** How far the load of one collection is. */
export interface Progress {
  readonly collection: string
  readonly done: number
  readonly total: number
}

export interface LoadOptions {
  /** Base of the environment, e.g. `http://localhost:8090/demo/dev`. */
  readonly url: string
  /** Passes every policy: only for servers and scripts. */
  readonly secretKey: string
  /** Where the page is served; sign-ups and mailed links lead back there. */
  readonly pageUrl?: string | undefined
  readonly onProgress?: (progress: Progress) => void
  /** Take only this many documents of each data set. */
  readonly limit?: number
}

const batchSize = 5000
/** One batch travels while the server writes another; more only wait for each other. */
const batchesInFlight = 2

/** Creates the demo's collections and fills them. Doing it again loads only what is missing, or nothing. */
export async function loadDemo(options: LoadOptions): Promise<void> {
  const box = createClient(options.url, options.secretKey, { throwOnError: true })
  for (const collection of collections) await createCollection(options, collection)
  await setUpAccounts(options)
  await loadCollection(box, 'movies', readMovies, options)
  await loadCollection(box, 'cities', readCities, options)
}

/** Collections are declared over plain HTTP; one that is there already stays as it is. */
async function createCollection(
  { url, secretKey }: LoadOptions,
  collection: { name: string },
): Promise<void> {
  const response = await fetch(`${url}/v1/data/$collections`, {
    method: 'POST',
    headers: { apikey: secretKey, 'content-type': 'application/json' },
    body: JSON.stringify(collection),
  }).catch(cause => {
    throw new Error(`No server answers at ${url}. Start it with npm start.`, { cause })
  })
  if (response.ok) return
  const problem = (await response.json()) as { code: string; detail: string; hint?: string }
  if (problem.code === 'data/collection-exists') return
  throw new Error(`Collection ${collection.name}: ${problem.detail} ${problem.hint ?? ''}`)
}

/**
 * A document's id tells its position in the data set, and a batch is written whole or not at all. So a batch is there
 * when any id of its range is, whoever edited or deleted some of it since, and the first batch, which goes last, tells
 * whether all are.
 */
async function loadCollection(
  box: Client,
  name: string,
  read: () => Promise<object[]>,
  { onProgress, limit = Infinity }: LoadOptions,
): Promise<void> {
  const isLoaded = async (start: number) => {
    const range = box
      .collection(name)
      .gte('id', idAt(start))
      .lt('id', idAt(start + batchSize))
    return (await range.select('id').first().orThrow()).data !== null
  }
  if (await isLoaded(0)) return

  const documents = (await read()).slice(0, limit)
  const total = documents.length
  let done = 0
  const loadBatch = async (start: number) => {
    const batch = documents.slice(start, start + batchSize)
    if (!(await isLoaded(start))) {
      const withIds = batch.map((document, index) => ({ id: idAt(start + index), ...document }))
      await box.collection(name).insert(withIds, { return: 'minimal' }).orThrow()
    }
    done += batch.length
    onProgress?.({ collection: name, done, total })
  }

  onProgress?.({ collection: name, done, total })
  const starts = Array.from({ length: Math.ceil(total / batchSize) }, (_, index) => index * batchSize)
  const [first, ...others] = starts
  const queue = others.values()
  const work = async () => {
    for (const start of queue) await loadBatch(start)
  }
  await Promise.all(Array.from({ length: batchesInFlight }, work))
  if (first !== undefined) await loadBatch(first)
}

/** A UUID of version 8 (free for own schemes, RFC 9562 §5.8) that sorts by position. */
function idAt(position: number): string {
  return `00000000-0000-8000-8000-${position.toString(16).padStart(12, '0')}`
}
