import type { Client, CloudBoxError } from '@cloudbox/client'
import type { Account } from './accounts/account.ts'
import type { DemoSchema } from './schema.ts'
import type { Stars } from './view.ts'

/** The favourites of the person signed in, live: a star set in one window shines in all of them. */
export interface Favourites extends Stars {
  /** Ids of the places, newest star first; undefined as long as they are not known. */
  readonly places: readonly string[] | undefined
}

/** As many ids fit into one query. */
const most = 200
const retryMs = 3000

/** @param invite called when somebody who is not signed in wants to set a star */
export function favourites(box: Client<DemoSchema>, account: Account, invite: () => void): Favourites {
  const listeners = new Set<() => void>()
  /** Place → the document that says it is a favourite. */
  let starred: ReadonlyMap<string, string> | undefined
  let owner: string | undefined
  let stop = () => {}

  const tell = (next: typeof starred) => {
    starred = next
    for (const hear of listeners) hear()
  }
  const follow = () => {
    // The policy gives everyone his own, so the query need not say whose.
    const query = box.collection('favourites').order('createdAt', { ascending: false }).limit(most)
    let retry: ReturnType<typeof setTimeout> | undefined
    const unsubscribe = query.subscribe({
      next: ({ data }) => tell(new Map(data.map(({ id, city }) => [city, id]))),
      // The page may be open before the loader has made the collection.
      error: () => (retry = setTimeout(follow, retryMs)),
    })
    stop = () => {
      clearTimeout(retry)
      unsubscribe()
    }
  }

  account.onChange(() => {
    if (account.user?.id === owner) return
    owner = account.user?.id
    stop()
    stop = () => {}
    tell(undefined)
    if (owner !== undefined) follow()
  })

  return {
    get places() {
      return starred && [...starred.keys()]
    },
    has: place => starred?.has(place) ?? false,
    async toggle(place): Promise<CloudBoxError | null> {
      if (!account.user) invite()
      if (starred === undefined) return null
      const id = starred.get(place)
      const { error } =
        id === undefined
          ? await box.collection('favourites').insert({ city: place })
          : await box.doc('favourites', id).delete()
      return error
    },
    onChange(hear) {
      listeners.add(hear)
      return () => listeners.delete(hear)
    },
  }
}
