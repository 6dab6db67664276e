import { dataProblems } from '@cloudbox/protocol/data'
import type { Caller, Environment } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import { on, type Listener } from '../../../kernel/events.ts'
import { Problem } from '../../../kernel/problem.ts'
import { closestName } from '../../../lib/closest-name.ts'
import type { Collection, Collections } from '../collection.ts'
import { collectionsChanged } from './changed.ts'
import { loadStored, type StoredCollection } from './stored.ts'
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
  /** Forgets what is known of an environment: its structure changed. */
  invalidate(environmentId: string): void
  /** Hears of changes other processes made. */
  readonly listeners: readonly Listener[]
}

export function createCatalog(db: Database): Catalog {
  const loading = new Map<string, Promise<Collections>>()
  const latest = new Map<string, Collections>()

  const collections: Catalog['collections'] = ({ id, schema }) => {
    const known = loading.get(id)
    if (known !== undefined) return known
    const fresh = loadStored(db, schema).then(stored => build(schema, stored, latest.get(id)))
    loading.set(id, fresh)
    fresh.then(
      built => {
        if (loading.get(id) === fresh) latest.set(id, built)
      },
      () => {
        if (loading.get(id) === fresh) loading.delete(id)
      },
    )
    return fresh
  }

  const invalidate = (environmentId: string): void => {
    loading.delete(environmentId)
  }

  return {
    collections,
    async collection(environment, name, caller) {
      const all = await collections(environment)
      return all.get(name) ?? unknownCollection(name, all, caller)
    },
    invalidate,
    listeners: [on(collectionsChanged, ({ environmentId }) => invalidate(environmentId))],
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
