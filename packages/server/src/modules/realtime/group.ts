import { accessChoices, type AccessKey, type AccessKeys } from '@cloudbox/policy/access-keys'
import { toJs, type Predicate } from '@cloudbox/policy/to-js'
import type { RowChange, Transaction } from '../../kernel/stream.ts'
import type { LiveQuery, ModelRow } from '../data/module.ts'
import type { Effect } from './effect.ts'
import type { HeldBack } from './held-back.ts'
import type { KeptSet } from './kept-set.ts'
import { nextLsn } from './lsn.ts'
import type { OrderWindow } from './order-window.ts'
import type { Delivery, Receiver, Subscription } from './subscription.ts'

/** Values of look-ups a group is filed under at the most; with more it is looked at for every change. */
const mostFiled = 1000

/** Subscriptions that ask the same, to be told in the same way. */
export class Group {
  /** What `tx` frames call it. */
  readonly number: number
  readonly environmentId: string
  readonly query: LiveQuery
  readonly delivery: Delivery
  /** What its look-ups find, by their numbers. */
  sets: readonly KeptSet[] = []
  /** Set when only the first rows of the order are wanted; they are kept in `window`. */
  readonly limit: number | undefined
  /** A connection has a group once at most, so that a frame of the group means one subscription of it. */
  readonly members = new Map<Receiver, Subscription>()
  /** Members that wait for the next reading of the answer. */
  readonly waiting = new Set<Subscription>()
  /** The rows of a group with a limit, once they have been read. */
  window: OrderWindow | undefined
  /** The collection has changed: nothing is judged by this query any more. */
  isClosed = false
  /** The rows in the window are no longer known; nothing is applied to them until they have been read anew. */
  isFrozen = false
  /** While the window is frozen or short: what its clients see is the answer as of here. */
  lacksSince: string | undefined
  isReading = false
  /** Changes that wait to be told together. */
  heldBack: HeldBack | undefined
  #lastFrameLsn = ''
  readonly #isTrue: Predicate
  readonly #choices: readonly AccessKeys[]

  constructor(number: number, environmentId: string, query: LiveQuery, delivery: Delivery) {
    this.number = number
    this.environmentId = environmentId
    this.query = query
    this.delivery = delivery
    this.limit = query.limit
    this.#choices = accessChoices(query.judged)
    this.#isTrue = toJs(query.judged)
  }

  /** What its look-ups find is known, so that rows can be judged. */
  get isSure(): boolean {
    return this.sets.every(set => set.isKnown)
  }

  /** Whether its look-ups found something else before one of these commits: they tell less than has come and gone. */
  wasMovedBy(transactions: readonly Transaction[]): boolean {
    return this.sets.some(set => set.wasMovedBy(transactions))
  }

  /** The ways to file it, as its look-ups are now. */
  get keys(): readonly AccessKeys[] {
    return this.isSure ? this.#choices.map(choice => this.#withValues(choice)) : [{ kind: 'never' }]
  }

  /** The window lacks rows, or does not know them any more. */
  get needsRows(): boolean {
    return this.isFrozen || (this.window?.isLow ?? false)
  }

  /** Its live members have been told everything up to here; undefined: everything that has been read. */
  get toldUpTo(): string | undefined {
    const { lacksSince, heldBack } = this
    if (lacksSince === undefined || heldBack === undefined) return lacksSince ?? heldBack?.since
    return lacksSince < heldBack.since ? lacksSince : heldBack.since
  }

  /** Where a frame stands that no commit made: after everything told up to a position, before the next commit. */
  lsnAfter(position: string): string {
    this.#lastFrameLsn = nextLsn(position > this.#lastFrameLsn ? position : this.#lastFrameLsn)
    return this.#lastFrameLsn
  }

  /** What a change means here: nothing, one effect, or two when the key changed. */
  judge(change: RowChange, before: ModelRow | undefined, after: ModelRow | undefined): readonly Effect[] {
    const { query } = this
    if (!this.isSure) return []
    const was = before !== undefined && this.#isTrue(before, undefined, this.sets)
    const is = after !== undefined && this.#isTrue(after, undefined, this.sets)
    if (!is) return was ? [{ op: '-', key: query.keyOf(before) }] : []
    const key = query.keyOf(after)
    const json = query.writeJson(change.table, change.new!)
    if (!was) return [{ op: '+', key, json, model: after }]
    const oldKey = query.keyOf(before)
    if (oldKey === key) return [{ op: '~', key, json, model: after }]
    return [
      { op: '-', key: oldKey },
      { op: '+', key, json, model: after },
    ]
  }

  /** Judges a change of which the rows have not been read yet. */
  judgeRaw(change: RowChange): readonly Effect[] {
    const { query } = this
    const before = change.old && query.readRow(change.table, change.old)
    const after = change.new && query.readRow(change.table, change.new)
    return this.judge(change, before, after)
  }

  /** Rows in a set have one of its values. */
  #withValues(choice: AccessKeys): AccessKeys {
    if (choice.kind !== 'keys') return choice
    const keys: AccessKey[] = []
    for (const key of choice.keys) {
      if (key.kind !== 'in-set') keys.push(key)
      else if (this.sets[key.set]!.size > mostFiled) return { kind: 'always' }
      else
        for (const value of this.sets[key.set]!.values())
          keys.push({ kind: 'equals', column: key.column, value })
    }
    return { kind: 'keys', keys }
  }
}
