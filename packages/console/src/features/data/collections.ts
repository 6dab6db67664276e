import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { createContext } from 'svelte'
import type { EnvironmentPath } from '#session/ask.ts'
import { basePath, open } from '#session/ask.ts'
import type { CurrentEnvironment } from '#session/environment.svelte.ts'
import type { Loaded } from '#session/loaded.svelte.ts'

/** A collection as the API answers it. */
export interface Collection extends CollectionDefinition {
  /** It belongs to a module of the platform, which makes and deletes its documents. */
  readonly system?: true
  readonly version: number
}

export async function listCollections(environment: CurrentEnvironment): Promise<readonly Collection[]> {
  const { collections } = await environment.ask<{ collections: Collection[] }>('GET', '/data/$collections')
  return collections.toSorted(
    (a, b) => Number(a.system === true) - Number(b.system === true) || a.name.localeCompare(b.name),
  )
}

/** What Postgres estimates of small tables is far off, and counting them is cheap. */
export const countedUpTo = 5000

/** About how many documents there are; undefined where they may not be read. */
export async function countDocuments(
  environment: EnvironmentPath,
  collection: string,
): Promise<number | undefined> {
  const ask = async (count: 'estimated' | 'exact') => {
    const query = { select: 'id', limit: 1, count }
    const response = await open('GET', `${basePath(environment)}/data/${collection}`, { query })
    await response.body?.cancel()
    return totalOf(response)
  }
  try {
    const about = await ask('estimated')
    return about !== undefined && about < countedUpTo ? await ask('exact') : about
  } catch {
    return undefined
  }
}

/** What `content-range: 0-49/171000` says of the whole. */
export function totalOf(response: Response): number | undefined {
  const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
  return total === undefined ? undefined : Number(total)
}

/** The collections of the environment, for every page below `/data`. */
export const [useCollections, provideCollections] = createContext<() => Loaded<readonly Collection[]>>()
/** The collection of the page a component is on. */
export const [useCollection, provideCollection] = createContext<() => Collection>()
