import type { Transaction } from '../../kernel/stream.ts'
import type { AnswerRow, Effect } from './effect.ts'
import type { Group } from './group.ts'
import type { Lookups } from './lookups.ts'
import { readAtPosition, type PositionSource } from './read-at-position.ts'

/** The answer of a query as of one position of the stream. */
export interface Answer {
  /** In no particular order when there is no window. */
  readonly rows: readonly AnswerRow[]
  /** Commits the database's snapshot has not seen, already applied to `rows` when there is no window. */
  readonly effects: readonly Effect[]
  /** The database had fewer rows than were asked for, so there are no others. */
  readonly isWhole: boolean
}

export interface AnswerSource extends PositionSource {
  readonly lookups: Lookups
}

/** A set that moves while the answer is read cannot be applied to it, and may move again and again. */
const attemptsWithLookups = 25

/**
 * Reads the answer of a group's query as of the stream's position, and hands it to `use` at that very moment: the
 * next commit heard is the first that is not in it. SPEC.md, I1.
 */
export function readAnswer(
  source: AnswerSource,
  group: Group,
  rowCount: number,
  use: (answer: Answer) => void,
): Promise<void> {
  return readAtPosition(source, {
    name: group.query.collection.name,
    attempts: group.sets.length === 0 ? undefined : attemptsWithLookups,
    prepare: () => source.lookups.known(group),
    read: tx => group.query.snapshot(tx, rowCount),
    use: (rows, missed) => {
      if (group.isClosed) return true
      if (group.wasMovedBy(missed)) return false
      const effects = effectsOf(group, missed)
      if (effects === undefined) return false
      use({ rows, effects, isWhole: rows.length < rowCount })
      return true
    },
  })
}

/** What these commits mean for a group as its look-ups are now; undefined when one of them does not tell its rows. */
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
