import type { MigrationsReply } from '@cloudbox/protocol/schema-replies'
import type { Environment } from '../../../kernel/caller.ts'
import type { SchemaDeps } from '../deps.ts'
import { readApplied } from '../history/applied.ts'
import { driftOf, foldApplied } from '../history/drift.ts'

/** What has been applied, and how the structure differs from it. */
export async function showMigrations(
  { db, data }: SchemaDeps,
  environment: Environment,
): Promise<MigrationsReply> {
  const applied = await readApplied(db, environment.schema)
  const { collections } = await data.exportStructure(environment)
  return {
    applied: applied.map(({ operations: _operations, done, change, ...migration }) => ({
      ...migration,
      plans: (done ?? []).filter(part => typeof part === 'string'),
      ...(change === null ? {} : { change }),
    })),
    // Before the first migration there is nothing a structure could differ from.
    drift: applied.length === 0 ? [] : driftOf(collections, foldApplied(data.emptyStructure, applied)),
  }
}
