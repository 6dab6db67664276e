import type { Environment } from '../../../kernel/caller.ts'
import type { Database, Tx } from '../../../kernel/db.ts'
import type { ChangeStream } from '../../../kernel/stream.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Catalog } from './catalog.ts'
import { collectionsChanged } from './changed.ts'
import { ddlProblem, StepError } from './ddl-problem.ts'
import { findMisfits } from './find-misfits.ts'
import { collectionsUnderWay } from '../online-change/under-way.ts'
import { RunningChange } from './running-change.ts'
import { serverTraits } from './server-traits.ts'
import { loadStored } from './stored.ts'
import { quote } from './quote.ts'

/** What changes of structure need. */
export interface StructureDeps {
  readonly db: Database
  readonly catalog: Catalog
  readonly stream: Pick<ChangeStream, 'publish'>
}

/** How long a change waits for its turn: it keeps a connection meanwhile. */
const turnTimeoutMs = 30_000
/** How long a change waits for requests that use the table; all later ones wait behind it. */
const lockTimeoutMs = 3_000
/** How long one statement may take: an index over a large collection needs its time. */
const statementTimeoutMs = 300_000

/** A change of structure, of one collection or of many. */
export interface StructureWork<T> {
  /** Names the collection that is being changed, for problems. */
  place(): string
  run(change: RunningChange): Promise<T>
  /** Writes down what was done, last in the transaction. */
  record?(tx: Tx, done: T): Promise<void>
  /** How long it waits for requests that use a table; all later ones wait behind it. 3 seconds unless told. */
  readonly lockTimeoutMs?: number
}

/**
 * Runs a change of structure: alone in its environment, in one transaction with the definitions, or not at all. Everyone is
 * told after the commit.
 */
export async function inStructure<T>(
  { db, catalog }: StructureDeps,
  environment: Environment,
  work: StructureWork<T>,
): Promise<T> {
  const traits = await serverTraits(db)
  try {
    return await db.transaction(
      async tx => {
        await tx.script(`set local lock_timeout = ${turnTimeoutMs}`)
        await tx.query(
          sql`select pg_advisory_xact_lock(hashtextextended(${`cloudbox ${environment.schema}`}, 0))`,
        )
        // A copy of the environment holds it still. Asked for now, before there is anything the copy could wait for.
        await tx.script(`lock table ${quote(environment.schema, 'data_collections')} in row exclusive mode`)
        await tx.script(`set local lock_timeout = ${work.lockTimeoutMs ?? lockTimeoutMs}`)
        const stored = await loadStored(tx, environment.schema)
        const { schema, role } = environment
        const underWay = await collectionsUnderWay(tx, schema)
        const change = new RunningChange(tx, environment, stored, { ...traits, schema, role }, underWay)
        const done = await work.run(change)
        await tx.emit(collectionsChanged, { environmentId: environment.id, names: [...change.touched] })
        await work.record?.(tx, done)
        return done
      },
      { statementTimeoutMs },
    )
  } catch (error) {
    const name = work.place()
    throw ddlProblem(name, error, await findMisfits(db, environment, name, error)) ?? unwrap(error)
  } finally {
    // Whoever is answered may rely on it: from here on no process acts on what was before.
    await catalog.invalidateEverywhere(environment.id)
  }
}

function unwrap(error: unknown): unknown {
  return error instanceof StepError ? error.cause : error
}
