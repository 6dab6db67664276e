import { realtimeProblems } from '@cloudbox/protocol/realtime'
import type { Database, Tx } from '../../kernel/db.ts'
import { Problem } from '../../kernel/problem.ts'
import { sql } from '../../kernel/sql.ts'
import type { ChangeStream, Transaction } from '../../kernel/stream.ts'
import type { Past } from './past.ts'

export interface PositionSource {
  readonly db: Database
  readonly stream: ChangeStream
  readonly past: Past
}

export interface Reading<T> {
  /** The collection that is read, for people. */
  readonly name: string
  /** How often it is begun anew at the most when commits cannot be applied to it. */
  readonly attempts?: number | undefined
  /** What has to be known before it is read. */
  prepare?(): Promise<void> | undefined
  read(tx: Tx): Promise<T>
  /** Takes what was read and the commits it has not seen; false when they cannot be applied to it. */
  use(read: T, missed: readonly Transaction[]): boolean
}

const usualAttempts = 5

/**
 * Reads from the database as of the stream's position: `use` is called at the very moment when the next commit heard
 * is the first that is in neither of what it gets. SPEC.md, I1.
 */
export async function readAtPosition<T>(
  { db, stream, past }: PositionSource,
  { name, attempts = usualAttempts, prepare, read, use }: Reading<T>,
): Promise<void> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    await prepare?.()
    const { epoch, lsn } = stream
    const { snapshot, found } = await db.transaction(
      async tx => {
        const [taken] = await tx.query<{ text: string }>(sql`select pg_current_snapshot()::text as text`)
        return { snapshot: taken!.text, found: await read(tx) }
      },
      { isolation: 'repeatable read' },
    )
    await stream.caughtUp()
    let isDone = false
    await past.notSeenBy(snapshot, lsn, missed => {
      isDone = missed !== undefined && stream.epoch === epoch && use(found, missed)
    })
    if (isDone) return
  }
  throw new Problem(realtimeProblems['too-large'], `${name} changes faster than this query can be read.`)
}
