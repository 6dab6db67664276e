import { accessChoices } from '@cloudbox/policy/access-keys'
import { LookupSet } from '@cloudbox/policy/lookup-set'
import { toJs, type Predicate } from '@cloudbox/policy/to-js'
import type { RowChange, StreamChange, Transaction } from '../../kernel/stream.ts'
import type { LiveLookup, ModelRow } from '../data/module.ts'
import type { Group } from './group.ts'

/** The values of a look-up as of the stream's position, for all groups that ask for them. */
export class KeptSet {
  readonly source: LiveLookup
  readonly groups = new Set<Group>()
  readonly keys
  /** It is being read. */
  reading: Promise<void> | undefined
  readonly #isCounted: Predicate
  #set: LookupSet | undefined
  /** Values that came in (true) and went out (false) since the last call of `settle`. */
  readonly #moved = new Map<unknown, boolean>()
  #isForgotten = false

  constructor(source: LiveLookup) {
    this.source = source
    this.keys = accessChoices(source.lookup.where)
    this.#isCounted = toJs(source.lookup.where)
  }

  get isKnown(): boolean {
    return this.#set !== undefined
  }

  get size(): number {
    return this.#set?.size ?? 0
  }

  has(value: unknown): boolean {
    return this.#set?.has(value) ?? false
  }

  values(): Iterable<unknown> {
    return this.#set?.values() ?? []
  }

  /** Takes what was read and the commits the reading has not seen; false when one of them does not tell its rows. */
  load(read: readonly { value: unknown; count: number }[], missed: readonly Transaction[]): boolean {
    const set = new LookupSet(this.source.lookup, this.#isCounted)
    for (const { value, count } of read) set.load(value, count)
    for (const { changes } of missed) {
      for (const change of changes) {
        if (!this.concerns(change)) continue
        if (change.kind === 'truncate' || change.kind === 'bulk') return false
        const [before, after] = this.#read(change)
        set.change(before, after)
      }
    }
    this.#set = set
    return true
  }

  /** The values are no longer known. */
  forget(): void {
    this.#isForgotten ||= this.isKnown
    this.#set = undefined
  }

  change(before: ModelRow | undefined, after: ModelRow | undefined): void {
    if (this.#set === undefined) return
    const { added, removed } = this.#set.change(before, after)
    for (const value of removed) this.#move(value, false)
    for (const value of added) this.#move(value, true)
  }

  /** Whether it has become another set since the last call. */
  settle(): boolean {
    const isOther = this.#isForgotten || this.#moved.size > 0
    this.#isForgotten = false
    this.#moved.clear()
    return isOther
  }

  /** Whether it was another set before one of these commits, of which the last is the last that was heard. */
  wasMovedBy(transactions: readonly Transaction[]): boolean {
    return !this.isKnown || this.movesIn(transactions).next().done === false
  }

  /** Those of these commits that made it another set, newest first, as far back as can be told. */
  *movesIn(transactions: readonly Transaction[]): Generator<Transaction> {
    const set = this.#set
    if (set === undefined) return
    // Backwards from the counts of now.
    const counts = new Map<unknown, number>()
    for (const transaction of transactions.toReversed()) {
      const net = this.#netOf(set, transaction.changes)
      if (net === undefined) {
        yield transaction
        return
      }
      let isMove = false
      for (const [value, by] of net) {
        const after = counts.get(value) ?? set.count(value)
        isMove ||= after > 0 !== after - by > 0
        counts.set(value, after - by)
      }
      if (isMove) yield transaction
    }
  }

  /** Whether the change is one of the collection that is looked into. */
  concerns(change: StreamChange): change is Exclude<StreamChange, { kind: 'event' }> {
    const { schema, name } = this.source.collection
    return change.kind !== 'event' && change.table.name === name && change.table.schema === schema
  }

  #read(change: RowChange): [before: ModelRow | undefined, after: ModelRow | undefined] {
    const { readRow } = this.source
    return [change.old && readRow(change.table, change.old), change.new && readRow(change.table, change.new)]
  }

  /** How many rows more have each value after a commit; undefined when it does not tell its rows. */
  #netOf(set: LookupSet, changes: Transaction['changes']): Map<unknown, number> | undefined {
    const net = new Map<unknown, number>()
    const step = (row: ModelRow | undefined, by: number) => {
      const value = set.valueOf(row)
      if (value !== undefined) net.set(value, (net.get(value) ?? 0) + by)
    }
    for (const change of changes) {
      if (!this.concerns(change)) continue
      if (change.kind === 'truncate' || change.kind === 'bulk') return undefined
      const [before, after] = this.#read(change)
      step(before, -1)
      step(after, 1)
    }
    return net
  }

  /** What comes in and goes out again within one commit has not moved. */
  #move(value: unknown, isIn: boolean): void {
    if (this.#moved.get(value) === !isIn) this.#moved.delete(value)
    else this.#moved.set(value, isIn)
  }
}
