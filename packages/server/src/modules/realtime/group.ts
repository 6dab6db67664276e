import { accessKeys, type AccessKeys } from '@cloudbox/policy/access-keys'
import { toJs, type Predicate } from '@cloudbox/policy/to-js'
import type { RowChange } from '../../kernel/stream.ts'
import type { LiveQuery, ModelRow } from '../data/module.ts'
import type { Effect } from './effect.ts'
import type { OrderWindow } from './order-window.ts'
import type { Receiver, Subscription } from './subscription.ts'

/** All subscriptions that ask the same. */
export class Group {
  /** What `tx` frames call it. */
  readonly number: number
  readonly environmentId: string
  readonly query: LiveQuery
  readonly keys: AccessKeys
  /** Set when only the first rows of the order are wanted; they are kept in `window`. */
  readonly limit: number | undefined
  readonly members = new Set<Subscription>()
  /** Members that wait for the next reading of the answer. */
  readonly waiting = new Set<Subscription>()
  /** The rows of a group with a limit, once they have been read. */
  window: OrderWindow | undefined
  /** The collection has changed: nothing is judged by this query any more. */
  isClosed = false
  /** The rows in the window are no longer known; nothing is applied to them until they have been read anew. */
  isFrozen = false
  isReading = false
  readonly #isTrue: Predicate

  constructor(number: number, environmentId: string, query: LiveQuery) {
    this.number = number
    this.environmentId = environmentId
    this.query = query
    this.limit = query.limit
    this.keys = accessKeys(query.predicate)
    this.#isTrue = toJs(query.predicate)
  }

  /** The window lacks rows, or does not know them any more. */
  get needsRows(): boolean {
    return this.isFrozen || (this.window?.isLow ?? false)
  }

  /** Who hears what happens here; each once, though it may ask the same twice. */
  receivers(): Set<Receiver> {
    const receivers = new Set<Receiver>()
    for (const { stage, receiver } of this.members)
      if (stage === 'live' && !receiver.isLagging) receivers.add(receiver)
    return receivers
  }

  /** What a change means here: nothing, one effect, or two when the key changed. */
  judge(change: RowChange, before: ModelRow | undefined, after: ModelRow | undefined): readonly Effect[] {
    const { query } = this
    const was = before !== undefined && this.#isTrue(before)
    const is = after !== undefined && this.#isTrue(after)
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
}
