import { httpProblems } from '@cloudbox/protocol/http'
import type { Cursor, ResetReason } from '@cloudbox/protocol/realtime'
import type { Database } from '../../kernel/db.ts'
import type { Log } from '../../kernel/log.ts'
import { toProblem } from '../../kernel/pg-problem.ts'
import { Problem } from '../../kernel/problem.ts'
import type { ChangeStream, Transaction } from '../../kernel/stream.ts'
import type { LiveRequest } from '../data/module.ts'
import { Bindings } from './bindings.ts'
import { Catalogue } from './catalogue.ts'
import type { RealtimeConfig } from './config.ts'
import { Definitions, type DefinitionOptions } from './definitions.ts'
import type { Effect } from './effect.ts'
import { Feed } from './feed.ts'
import { Frame } from './frame.ts'
import type { Group } from './group.ts'
import { previousLsn } from './lsn.ts'
import { Past } from './past.ts'
import { Subscription, type Receiver } from './subscription.ts'
import { tell } from './tell.ts'

export interface BrokerOptions {
  readonly stream: ChangeStream
  readonly db: Database
  readonly log: Log
  readonly definitions: DefinitionOptions
  readonly config: Pick<RealtimeConfig, 'maxRows' | 'maxWindow' | 'concurrentSnapshots'>
}

/** Between the change stream and the connections: knows who asks what, and tells each what a commit means to it. SPEC.md. */
export class Broker {
  readonly #options: BrokerOptions
  readonly #catalogue = new Catalogue()
  readonly #receivers = new Map<Receiver, Map<number, Subscription>>()
  readonly #definitions: Definitions
  readonly #past: Past
  readonly #feed: Feed
  readonly #bindings: Bindings
  readonly #stops: (() => void)[]

  constructor(options: BrokerOptions) {
    this.#options = options
    const { stream, db, config } = options
    const refuse = (subscription: Subscription, error: unknown) => this.#refuse(subscription, error)
    const definitions = new Definitions(options.definitions, config.maxWindow)
    this.#definitions = definitions
    this.#past = new Past(stream)
    this.#feed = new Feed({ stream, past: this.#past, db, config, definitions, refuse })
    this.#bindings = new Bindings({
      stream,
      catalogue: this.#catalogue,
      definitions,
      feed: this.#feed,
      refuse,
    })
    this.#stops = [
      stream.listen(transaction => this.#hear(transaction)),
      stream.onBreak(() => this.#startAll('gap')),
    ]
  }

  /** Begins a live query. Everything that follows comes as frames. */
  subscribe(receiver: Receiver, id: number, request: LiveRequest, since?: Cursor): void {
    const subscriptions = this.#receivers.get(receiver) ?? new Map<number, Subscription>()
    this.#receivers.set(receiver, subscriptions)
    const subscription = new Subscription(receiver, id, request)
    subscriptions.set(id, subscription)
    this.#bindings.bind(subscription, since === undefined ? {} : { since, otherwise: 'gap' })
  }

  has(receiver: Receiver, id: number): boolean {
    return this.#receivers.get(receiver)?.has(id) ?? false
  }

  count(receiver: Receiver): number {
    return this.#receivers.get(receiver)?.size ?? 0
  }

  unsubscribe(receiver: Receiver, id: number): void {
    const subscription = this.#receivers.get(receiver)?.get(id)
    if (subscription !== undefined) this.#end(subscription)
  }

  /** The caller is another one now: every subscription is asked with the new one's rights. */
  rebind(receiver: Receiver): void {
    for (const subscription of this.#of(receiver)) this.#bindings.bind(subscription, { otherwise: 'auth' })
  }

  /** The receiver has read everything that was waiting, and missed what came meanwhile. */
  restart(receiver: Receiver): void {
    for (const subscription of this.#of(receiver)) this.#feed.start(subscription, 'slow')
  }

  leave(receiver: Receiver): void {
    for (const subscription of this.#of(receiver)) this.#end(subscription)
    this.#receivers.delete(receiver)
  }

  /** Up to here nothing is missing in any live subscription of the receiver. */
  position(receiver: Receiver): string {
    let position = this.#options.stream.lsn
    for (const { stage, held } of this.#of(receiver))
      if (stage === 'behind' && held < position) position = held
    return position
  }

  close(): void {
    for (const stop of this.#stops) stop()
    this.#definitions.close()
    for (const receiver of this.#receivers.keys()) this.leave(receiver)
  }

  #of(receiver: Receiver): Subscription[] {
    return [...(this.#receivers.get(receiver)?.values() ?? [])]
  }

  #startAll(why: ResetReason): void {
    for (const group of this.#catalogue.groups) group.window = undefined
    for (const subscriptions of this.#receivers.values())
      for (const subscription of subscriptions.values()) this.#feed.start(subscription, why)
  }

  #hear(transaction: Transaction): void {
    this.#past.hear(transaction)
    for (const change of transaction.changes) {
      if (change.kind !== 'event') continue
      const changed = this.#definitions.read(change)
      if (changed !== undefined) this.#bindings.collectionsChanged(changed, previousLsn(transaction.lsn))
    }
    const touched = new Map<Group, Effect[]>()
    for (const change of transaction.changes) {
      if (change.kind === 'event') continue
      for (const table of this.#catalogue.at(change.table)) {
        if (change.kind === 'truncate' || change.kind === 'bulk') {
          for (const group of table.groups) this.#feed.tooMuch(group)
          continue
        }
        table.judge(change, (group, effects) => {
          const all = touched.get(group)
          if (all === undefined) touched.set(group, [...effects])
          else all.push(...effects)
        })
      }
    }
    if (touched.size === 0) return
    const visible = [...touched].map(([group, effects]) => ({
      group,
      effects: group.limit === undefined ? effects : this.#feed.moveWindow(group, effects),
    }))
    tell(transaction.lsn, transaction.committedAtMs, visible)
  }

  /** Says why the subscription cannot be, and ends it. */
  #refuse(subscription: Subscription, error: unknown): void {
    this.#end(subscription)
    const problem = error instanceof Problem ? error : toProblem(error)
    if (problem === undefined) this.#options.log.error('realtime.bug', { error })
    const body = (problem ?? new Problem(httpProblems.internal, 'The live query failed.')).toBody()
    subscription.receiver.send(Frame.of({ t: 'err', s: subscription.id, problem: body }))
  }

  #end(subscription: Subscription): void {
    subscription.attempt++
    this.#bindings.leaveGroup(subscription)
    this.#receivers.get(subscription.receiver)?.delete(subscription.id)
  }
}
