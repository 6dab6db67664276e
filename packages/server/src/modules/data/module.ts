/**
 * data: collections as tables, documents as rows, and the queries over both.
 *
 * How it flows: a request is parsed (parse-query), given its meaning (plan-*), written as one statement with the
 * policy in its WHERE (*-sql) and run; documents come out of Postgres as JSON text and go to the socket unread.
 * Changes of structure are one transaction and tell every process through the change stream (catalog).
 *
 * Guarantees: nothing is readable or writable without a policy but for the secret key; a filter, a policy and a live
 * query are one language with one meaning; every mistake is told with its place before any SQL runs.
 * It is not: who hears of a change (realtime), or who the caller is (platform, auth).
 */
import { defineModule } from '../../kernel/module.ts'
import { auth } from '../auth/module.ts'
import { collectionsCopier } from './branching/copy-collections.ts'
import { createCatalog } from './collections/catalog.ts'
import { installHelpers } from './collections/install-helpers.ts'
import { collectionRoutes } from './collections/routes.ts'
import { adoptCollection } from './collections/structure.ts'
import { systemCollections } from './collections/system-collections.ts'
import { dataConfig } from './config.ts'
import type { Caller, Environment } from '../../kernel/caller.ts'
import { compileLive } from './live/compile-live.ts'
import type { LiveRequest } from './live/live-query.ts'
import { documentRoutes } from './documents/routes.ts'

export { collectionsChanged } from './collections/changed.ts'
export type { Collection } from './collection.ts'
export type { Clause } from './live/clauses.ts'
export type { LiveLookup } from './live/live-lookups.ts'
export type { LiveClauses, LiveQuery, LiveRequest, ModelRow } from './live/live-query.ts'

export const data = defineModule({
  name: 'data',
  // Row security asks cb.uid() and its kin, which auth makes.
  needs: { auth },
  config: dataConfig,
  migrations: new URL('./migrations/', import.meta.url),
  environmentMigrations: new URL('./environment/', import.meta.url),
  async start({ db, stream, peers, vault, config }) {
    await installHelpers(db)
    const catalog = createCatalog(db, peers)
    const structure = { db, catalog, stream }
    return {
      api: {
        /** All collections of an environment, as of now. */
        collections: catalog.collections,
        /** A list or a document of one caller, compiled so that every change can be tested against it. */
        compileLive: (environment: Environment, caller: Caller, request: LiveRequest) =>
          compileLive(catalog, environment, caller, request),
      },
      routes: [...collectionRoutes(structure), ...documentRoutes({ db, catalog, ...config })],
      listeners: catalog.listeners,
      environmentCopier: collectionsCopier({ db, catalog, stream, vault }),
      async prepareEnvironment(environment) {
        for (const system of systemCollections.values()) await adoptCollection(structure, environment, system)
      },
    }
  },
})
