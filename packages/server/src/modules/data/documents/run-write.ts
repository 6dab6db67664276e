import { dataProblems } from '@cloudbox/protocol/data'
import type { Database, Queryable } from '../../../kernel/db.ts'
import { toPgError } from '../../../kernel/pg-problem.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { Reply } from '../../../kernel/route.ts'
import type { WriteRow } from './changed-sql.ts'
import { changedMeanwhile } from './precondition.ts'
import type { QuickRow } from './one-document-sql.ts'
import type { PreparedWrite } from './write-request.ts'

/** Runs a write that comes alone: one statement, and a transaction around it only where it may have to be undone. */
export function runAlone(prepared: PreparedWrite, db: Database): Promise<Reply> {
  return prepared.maxAffected === undefined
    ? runWrite(prepared, db)
    : db.transaction(tx => runWrite(prepared, tx))
}

/** Runs a write; `maxAffected` is kept only when what this throws undoes the transaction. */
export async function runWrite(prepared: PreparedWrite, db: Queryable): Promise<Reply> {
  const quick = await runQuick(prepared, db)
  if (quick !== undefined) return quick
  const { statement, changedSql, maxAffected } = prepared
  if (statement === undefined) return prepared.read(undefined)
  const rows = await db.query<WriteRow>(statement).catch((error: unknown) => {
    throw prepared.explain?.(error) ?? error
  })
  const row = rows[0]!
  if (row.changed === 0 && changedSql !== undefined && row.denied === null) {
    const found = await db.query(changedSql)
    if (found.length > 0) throw changedMeanwhile('The document')
  }
  if (maxAffected !== undefined && row.changed > maxAffected)
    throw new Problem(
      dataProblems['too-many-affected'],
      `${row.changed} documents would change, max-affected is ${maxAffected}.`,
    )
  return prepared.read(row)
}

/**
 * Undefined when there is no quick way, or it met no document: the whole statement then says why. Nor is there one where
 * writing a single document may be too many.
 */
async function runQuick(
  { quick, maxAffected, explain, read }: PreparedWrite,
  db: Queryable,
): Promise<Reply | undefined> {
  if (quick === undefined || maxAffected === 0) return undefined
  const [row] = await db.query<QuickRow>(quick).catch((error: unknown) => {
    throw explain?.(error) ?? error
  })
  return row && read({ commit: row.commit, documents: row.document ?? '', changed: 1, denied: null })
}

/** Someone may insert a document between our look and our insert; the second try finds it. */
export async function againIfTaken<T>(mayRace: boolean, work: () => Promise<T>): Promise<T> {
  if (!mayRace) return work()
  try {
    return await work()
  } catch (error) {
    const cause = error instanceof Problem ? error.cause : error
    if (toPgError(cause)?.code === '23505') return work()
    throw error
  }
}
