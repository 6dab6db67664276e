import { dataProblems } from '@cloudbox/protocol/data'
import type { Caller, Environment } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import { on, type Listener } from '../../../kernel/events.ts'
import { noPeers, type Peers } from '../../../kernel/peers.ts'
import { Problem } from '../../../kernel/problem.ts'
import { parseSnapshot, sees, type TransactionSnapshot } from '../../../kernel/stream/transaction-snapshot.ts'
import { closestName } from '../../../lib/closest-name.ts'
import type { Collection, Collections } from '../collection.ts'
import { collectionsChanged } from './changed.ts'
import { loadStoredAt, type StoredCollection } from './stored.ts'
import { incomingRelations, toCollection } from './to-collection.ts'

/** The collections of every environment, kept in memory until their structure changes. */
export interface Catalog {
  /** All collections of an environment, as of now. What a request got stays as it was when it began. */
  collections(environment: Pick<Environment, 'id' | 'schema'>): Promise<Collections>
  /**
   * One collection.
   * @throws Problem `data/unknown-collection`; only the secret key is told which names there are.
   */
  collection(environment: Environment, name: string, caller: Caller): Promise<Collection>
  /** Forgets what is known of an environment here: it turned out to be out of date. */
  invalidate(environmentId: string): void
  /** Its structure has changed: forgets it in every process. Nobody acts on what was before when this resolves. */
  invalidateEverywhere(environmentId: string): Promise<void>
  /** Hears of changes other processes made. */
  readonly listeners: readonly Listener[]
}

/** Name of the message between processes. */
const invalidateMessage = 'data.invalidate-collections'

export function createCatalog(db: Database, peers: Peers = noPeers()): Catalog {
  const loading = new Map<string, Promise<Collections>>()
  const latest = new Map<string, Collections>()
  /** What those that are kept have seen. */
  const seen = new Map<string, TransactionSnapshot>()
  /** Changes that are in the log and have not been seen yet, by environment. */
  const awaited = new Map<string, Set<bigint>>()

  const load = async ({ id, schema }: Pick<Environment, 'id' | 'schema'>) => {
    const { stored, snapshot } = await loadStoredAt(db, schema)
    return { built: build(schema, stored, latest.get(id)), snapshot: parseSnapshot(snapshot) }
  }

  const collections: Catalog['collections'] = environment => {
    const { id } = environment
    const known = loading.get(id)
    if (known !== undefined) return known
    const reading = load(environment)
    const fresh = reading.then(({ built }) => built)
    loading.set(id, fresh)
    reading.then(
      ({ built, snapshot }) => {
        if (loading.get(id) !== fresh) return
        const changes = awaited.get(id)
        for (const xid of changes ?? []) if (sees(snapshot, xid)) changes?.delete(xid)
        // A change in the log is not there for everyone yet: this is what holds until it is, and not to be kept.
        if (changes !== undefined && changes.size > 0) return void loading.delete(id)
        awaited.delete(id)
        seen.set(id, snapshot)
        latest.set(id, built)
      },
      () => {
        if (loading.get(id) === fresh) loading.delete(id)
      },
    )
    return fresh
  }

  const invalidate = (environmentId: string): void => {
    loading.delete(environmentId)
    seen.delete(environmentId)
  }
  peers.answer(invalidateMessage, invalidate)

  return {
    collections,
    async collection(environment, name, caller) {
      const all = await collections(environment)
      return all.get(name) ?? unknownCollection(name, all, caller)
    },
    invalidate,
    invalidateEverywhere: environmentId => peers.tell(invalidateMessage, environmentId),
    listeners: [
      on(collectionsChanged, ({ environmentId }, { xid }) => {
        const known = seen.get(environmentId)
        if (known !== undefined && sees(known, xid)) return
        const changes = awaited.get(environmentId) ?? new Set()
        awaited.set(environmentId, changes.add(xid))
        invalidate(environmentId)
      }),
    ],
  }
}

/** Objects of collections that did not change stay the same, and with them what others remember about them. */
function build(
  schema: string,
  stored: ReadonlyMap<string, StoredCollection>,
  before: Collections | undefined,
): Collections {
  const definitions = [...stored.values()].map(({ definition }) => definition)
  const all = new Map<string, Collection>()
  for (const [name, { definition, version }] of stored) {
    const incoming = incomingRelations(name, definitions)
    const old = before?.get(name)
    const isSame = old?.version === version && JSON.stringify(old.incoming) === JSON.stringify(incoming)
    all.set(name, isSame ? old : toCollection(definition, { schema, version, incoming }))
  }
  return all
}

/** @throws Problem `data/unknown-collection`, always. */
export function unknownCollection(name: string, all: Collections, caller: Caller): never {
  const near = caller.kind === 'secret' ? closestName(name, all.keys()) : undefined
  throw new Problem(dataProblems['unknown-collection'], `There is no collection "${name}".`, {
    hint: near === undefined ? undefined : `Did you mean "${near}"?`,
  })
}
