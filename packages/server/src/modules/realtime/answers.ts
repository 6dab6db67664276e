import { realtimeProblems } from '@cloudbox/protocol/realtime'
import { Problem } from '../../kernel/problem.ts'
import { limitConcurrency } from '../../lib/limit-concurrency.ts'
import type { RealtimeConfig } from './config.ts'
import type { AnswerRow } from './effect.ts'
import type { Group } from './group.ts'
import { differences, OrderWindow, spareRows } from './order-window.ts'
import { applyEffects, readAnswer, type Answer, type AnswerSource } from './read-answer.ts'
import type { Subscription } from './subscription.ts'
import type { News } from './tell.ts'

/** What is done with an answer, and when there is none. */
export interface AnswerUse {
  show(subscription: Subscription, group: Group, rows: readonly AnswerRow[]): void
  /** The group's window was read anew; the effects lead to it from what its clients have seen so far. */
  refill(news: News): void
  refuse(subscription: Subscription, error: unknown): void
}

/** Reads the answers of groups, a few at a time, each for all who wait for it. */
export class Answers {
  readonly #source: AnswerSource
  readonly #maxRows: number
  readonly #use: AnswerUse
  readonly #limit: <T>(work: () => Promise<T>) => Promise<T>

  constructor(
    source: AnswerSource,
    config: Pick<RealtimeConfig, 'maxRows' | 'concurrentSnapshots'>,
    use: AnswerUse,
  ) {
    this.#source = source
    this.#maxRows = config.maxRows
    this.#use = use
    this.#limit = limitConcurrency(config.concurrentSnapshots)
  }

  /** Reads the group's answer for those who wait, and for its window. One reading of a group at a time. */
  read(group: Group): void {
    if (group.isReading) return
    group.isReading = true
    let taken: Subscription[] = []
    this.#limit(() => {
      // Who comes after the query has begun needs a later one.
      taken = [...group.waiting]
      group.waiting.clear()
      if (group.isClosed || (taken.length === 0 && !group.needsRows)) return Promise.resolve()
      return readAnswer(this.#source, group, this.#rowCount(group), answer => {
        const rows = group.limit === undefined ? this.#whole(group, answer) : this.#fillWindow(group, answer)
        // What happened while it was read may have taken too much of it; then it is read once more.
        const isShort = group.window?.isShort ?? false
        for (const subscription of taken) {
          if (subscription.group !== group || group.waiting.has(subscription)) continue
          if (isShort) group.waiting.add(subscription)
          else this.#use.show(subscription, group, rows)
        }
      })
    })
      .catch((error: unknown) => {
        // Without its rows a window is of no use to anybody.
        const members = group.limit === undefined ? taken : [...group.members.values()]
        for (const subscription of members)
          if (subscription.group === group) this.#use.refuse(subscription, error)
      })
      .finally(() => {
        group.isReading = false
        if (!group.isClosed && (group.waiting.size > 0 || group.needsRows)) this.read(group)
      })
  }

  /** How many rows to ask for: enough to see whether there are more than may be. */
  #rowCount({ limit }: Group): number {
    return limit === undefined ? this.#maxRows + 1 : limit + spareRows(limit)
  }

  #whole(group: Group, { rows, effects, isWhole }: Answer): readonly AnswerRow[] {
    if (!isWhole) {
      throw new Problem(
        realtimeProblems['too-large'],
        `This live query of ${group.query.collection.name} has more than ${this.#maxRows} documents.`,
      )
    }
    if (effects.length === 0) return rows
    return applyEffects(rows, effects).sort((a, b) => group.query.compare(a.model, b.model))
  }

  /** Fills the group's window; those who saw the one before are told the difference. */
  #fillWindow(group: Group, { rows, effects, isWhole }: Answer): readonly AnswerRow[] {
    const before = group.window?.shown
    const window = new OrderWindow(group.limit!, group.query.compare, rows, isWhole)
    for (const effect of effects) window.apply(effect)
    window.showChanges()
    const since = group.lacksSince ?? this.#source.stream.lsn
    group.window = window
    group.isFrozen = false
    group.lacksSince = window.isShort ? since : undefined
    if (before !== undefined)
      this.#use.refill({ group, effects: differences(before, window.shown), since, shown: before })
    return window.shown
  }
}
