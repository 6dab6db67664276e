import type { MigrationsReply } from '@cloudbox/protocol/schema-replies'
import type { Environment } from '../../../kernel/caller.ts'
import type { SchemaDeps } from '../deps.ts'
import { driftOf, foldApplied } from '../history/drift.ts'
import { settle } from './online.ts'

/** What has been applied, and how the structure differs from it. */
export async function showMigrations(deps: SchemaDeps, environment: Environment): Promise<MigrationsReply> {
  const applied = await settle(deps, environment)
  const { collections } = await deps.data.exportStructure(environment)
  // What still runs has not changed the structure yet.
  const finished = applied.filter(({ state }) => state === 'applied')
  return {
    applied: applied.map(({ operations: _operations, done, change, ...migration }) => ({
      ...migration,
      plans: (done ?? []).filter(part => typeof part === 'string'),
      ...(change === null ? {} : { change }),
    })),
    // Before the first migration there is nothing a structure could differ from.
    drift: applied.length === 0 ? [] : driftOf(collections, foldApplied(deps.data.emptyStructure, finished)),
  }
}
