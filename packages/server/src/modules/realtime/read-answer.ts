import type { Database } from '../../kernel/db.ts'
import { sql } from '../../kernel/sql.ts'
import type { ChangeStream, Transaction } from '../../kernel/stream.ts'
import { Problem } from '../../kernel/problem.ts'
import { realtimeProblems } from '@cloudbox/protocol/realtime'
import type { AnswerRow, Effect } from './effect.ts'
import type { Group } from './group.ts'
import type { Past } from './past.ts'

/** The answer of a query as of one position of the stream. */
export interface Answer {
  /** In no particular order when there is no window. */
  readonly rows: readonly AnswerRow[]
  /** Commits the database's snapshot has not seen, already applied to `rows` when there is no window. */
  readonly effects: readonly Effect[]
  /** The database had fewer rows than were asked for, so there are no others. */
  readonly isWhole: boolean
}

export interface AnswerSource {
  readonly db: Database
  readonly stream: ChangeStream
  readonly past: Past
}

/** How often a reading is begun anew when commits cannot be applied to it. */
const attempts = 5

/**
 * Reads the answer of a group's query as of the stream's position, and hands it to `use` at that very moment: the
 * next commit heard is the first that is not in it. SPEC.md, I1.
 */
export async function readAnswer(
  { db, stream, past }: AnswerSource,
  group: Group,
  rowCount: number,
  use: (answer: Answer) => void,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { epoch, lsn } = stream
    const { snapshot, rows } = await db.transaction(
      async tx => {
        const [taken] = await tx.query<{ text: string }>(sql`select pg_current_snapshot()::text as text`)
        return { snapshot: taken!.text, rows: await group.query.snapshot(tx, rowCount) }
      },
      { isolation: 'repeatable read' },
    )
    await stream.caughtUp()
    let isDone = false
    await past.notSeenBy(snapshot, lsn, missed => {
      if (group.isClosed) {
        isDone = true
        return
      }
      const effects = missed !== undefined && stream.epoch === epoch ? effectsOf(group, missed) : undefined
      if (effects === undefined) return
      isDone = true
      use({ rows, effects, isWhole: rows.length < rowCount })
    })
    if (isDone) return
    if (attempt === attempts) {
      throw new Problem(
        realtimeProblems['too-large'],
        `${group.query.collection.name} changes faster than this query can be read.`,
      )
    }
  }
}

/** What these commits mean for a group; undefined when one of them does not tell its rows. */
export function effectsOf(group: Group, transactions: readonly Transaction[]): Effect[] | undefined {
  const { schema, name } = group.query.collection
  const effects: Effect[] = []
  for (const { changes } of transactions) {
    for (const change of changes) {
      if (change.kind === 'event' || change.table.name !== name || change.table.schema !== schema) continue
      if (change.kind === 'truncate' || change.kind === 'bulk') return undefined
      effects.push(...group.judgeRaw(change))
    }
  }
  return effects
}

/** Rows with effects applied. */
export function applyEffects(rows: readonly AnswerRow[], effects: readonly Effect[]): AnswerRow[] {
  const byKey = new Map(rows.map(row => [row.key, row]))
  for (const effect of effects) {
    if (effect.op === '-') byKey.delete(effect.key)
    else byKey.set(effect.key, effect)
  }
  return [...byKey.values()]
}
