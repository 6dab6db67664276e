import type { IndexReport } from '@cloudbox/protocol/advisor'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import type { Log } from '../../../kernel/log.ts'
import type { Collection, NamedIndex } from '../../data/module.ts'
import { adviseCreations } from './advise-creations.ts'
import { adviseForeignKeys } from './advise-foreign-keys.ts'
import { adviseRemovals } from './advise-removals.ts'
import { seenStatements } from './seen-statements.ts'

export interface AdvisorDeps {
  readonly db: Database
  readonly log: Log
  readonly collections: (environment: Environment) => Promise<ReadonlyMap<string, Collection>>
  readonly indexesOf: (collection: Collection) => readonly NamedIndex[]
}

/** Everything there is to do about the indexes of an environment; what spares most comes first. */
export async function adviseIndexes(deps: AdvisorDeps, environment: Environment): Promise<IndexReport> {
  const { db, log, indexesOf } = deps
  const { schema } = environment
  const collections = await deps.collections(environment)
  const seen = await seenStatements(db, schema)
  const creations =
    seen === undefined ? [] : await adviseCreations({ db, log }, schema, collections, seen.statements)
  const relations = await adviseForeignKeys(db, schema, collections)
  const removals = await adviseRemovals(db, schema, collections, indexesOf)
  return {
    advice: [...creations, ...relations, ...removals],
    statements: {
      source: seen === undefined ? 'unavailable' : 'pg_stat_statements',
      seen: seen?.statements.length ?? 0,
      ...(seen?.since === undefined ? {} : { since: seen.since }),
    },
  }
}
