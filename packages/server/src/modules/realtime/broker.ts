import { httpProblems } from '@cloudbox/protocol/http'
import type { ProblemBody } from '@cloudbox/protocol/problem'
import type { Cursor, Explanation, ResetReason } from '@cloudbox/protocol/realtime'
import type { Database } from '../../kernel/db.ts'
import type { Log } from '../../kernel/log.ts'
import { toProblem } from '../../kernel/pg-problem.ts'
import { Problem } from '../../kernel/problem.ts'
import type { ChangeStream, Transaction } from '../../kernel/stream.ts'
import type { LiveQuery, LiveRequest } from '../data/module.ts'
import { Bindings } from './bindings.ts'
import { Catalogue } from './catalogue.ts'
import { drop } from './coalescing.ts'
import { CommitWaits } from './commit-waits.ts'
import type { RealtimeConfig } from './config.ts'
import { Definitions, type Asked, type DefinitionOptions } from './definitions.ts'
import type { HearDelivery } from './deliveries.ts'
import type { Effect } from './effect.ts'
import { explain } from './explain.ts'
import { Feed } from './feed.ts'
import { Frame } from './frame.ts'
import type { Group } from './group.ts'
import { lookUp } from './look-up.ts'
import { previousLsn } from './lsn.ts'
import { Lookups } from './lookups.ts'
import { Past } from './past.ts'
import { Subscription, type Delivery, type Receiver } from './subscription.ts'

export interface BrokerOptions {
  readonly stream: ChangeStream
  readonly db: Database
  readonly log: Log
  readonly definitions: DefinitionOptions
  readonly config: Pick<RealtimeConfig, 'maxRows' | 'maxWindow' | 'concurrentSnapshots'>
  readonly delivered?: HearDelivery
}

/** How a live query begins, and how its changes are told. */
export interface SubscribeOptions extends Delivery {
  /** The client holds the rows as of here. */
  readonly since?: Cursor
}

/** Between the change stream and the connections: knows who asks what, and tells each what a commit means to it. SPEC.md. */
export class Broker {
  readonly #options: BrokerOptions
  readonly #lookups: Lookups
  readonly #catalogue: Catalogue
  readonly #receivers = new Map<Receiver, Map<number, Subscription>>()
  readonly #definitions: Definitions
  readonly #past: Past
  readonly #waits: CommitWaits
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
    this.#waits = new CommitWaits(db, stream)
    const told = (receiver: Receiver) => this.#waits.settle(receiver)
    const source = { stream, past: this.#past, db, config }
    const lookups = new Lookups({ ...source, known: group => this.#catalogue.refile(group) })
    this.#lookups = lookups
    this.#catalogue = new Catalogue(lookups)
    const { delivered = () => {} } = options
    this.#feed = new Feed({ ...source, lookups, definitions, refuse, told, delivered })
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

  /** Compiles a query for who asks; throws the Problem when it may not be asked or cannot be live. */
  compile(asked: Asked): Promise<LiveQuery> {
    return this.#definitions.compile(asked)
  }

  /** Begins a live query. Everything that follows comes as frames. */
  subscribe(receiver: Receiver, id: number, request: LiveRequest, how: SubscribeOptions = {}): void {
    const { since, ...delivery } = how
    const subscriptions = this.#receivers.get(receiver) ?? new Map<number, Subscription>()
    this.#receivers.set(receiver, subscriptions)
    const subscription = new Subscription(receiver, id, request, delivery)
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

  /**
   * What was decided about the last changes of a subscription's collection; undefined when there is no such one.
   * `isFull`: also about documents its caller may not see, naming the policy's conditions.
   *
   * @throws Problem when the query may not be asked any more.
   */
  async explain(receiver: Receiver, id: number, isFull: boolean): Promise<Explanation | undefined> {
    const subscription = this.#receivers.get(receiver)?.get(id)
    if (subscription === undefined) return undefined
    const query = await this.#definitions.compile(subscription)
    const found = await lookUp(this.#options.db, query)
    const recent = (await this.#past.recent()) ?? []
    return explain({ subscription, query, found, recent, isFull, position: this.position(receiver) })
  }

  /** The live queries of a receiver. */
  subscriptions(receiver: Receiver): readonly Subscription[] {
    return this.#of(receiver)
  }

  /** Sends `passed` when all subscriptions the receiver has now have been told everything of a commit. */
  await(receiver: Receiver, commit: string): void {
    this.#waits.wait(receiver, commit, this.#of(receiver)).catch((error: unknown) => {
      const problem = this.#explain(error)
      receiver.send(Frame.of({ t: 'err', commit, problem }))
    })
  }

  /** The receiver has read everything that was waiting; what it missed meanwhile is made up for. */
  drained(receiver: Receiver): void {
    for (const subscription of this.#of(receiver)) this.#feed.catchUp(subscription)
    this.#waits.settle(receiver)
  }

  leave(receiver: Receiver): void {
    this.#waits.leave(receiver)
    for (const subscription of this.#of(receiver)) this.#end(subscription)
    this.#receivers.delete(receiver)
  }

  /** Up to here nothing is missing in any live subscription of the receiver. */
  position(receiver: Receiver): string {
    let position = this.#options.stream.lsn
    for (const { stage, held, group } of this.#of(receiver)) {
      const own = stage === 'behind' ? held : stage === 'live' ? group?.toldUpTo : undefined
      if (own !== undefined && own < position) position = own
    }
    return position
  }

  /** Whether a client that has read everything sent so far may go on from here: nothing before it is missing. */
  isCursor(receiver: Receiver, lsn: string): boolean {
    return (
      lsn <= this.position(receiver) &&
      this.#of(receiver).every(({ stage }) => stage === 'live' || stage === 'behind')
    )
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
    this.#lookups.forget()
    for (const group of this.#catalogue.groups) {
      group.window = undefined
      drop(group)
    }
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
    const moved = this.#lookups.hear(transaction)
    for (const group of moved) {
      this.#catalogue.refile(group)
      this.#feed.lookupMoved(group, previousLsn(transaction.lsn))
    }
    const touched = new Map<Group, Effect[]>()
    for (const change of transaction.changes) {
      if (change.kind === 'event') continue
      for (const table of this.#catalogue.at(change.table)) {
        if (change.kind === 'truncate' || change.kind === 'bulk') {
          for (const group of table.groups)
            if (!moved.has(group)) this.#feed.tooMuch(group, previousLsn(transaction.lsn))
          continue
        }
        table.judge(change, (group, effects) => {
          if (moved.has(group)) return
          const all = touched.get(group)
          if (all === undefined) touched.set(group, [...effects])
          else all.push(...effects)
        })
      }
    }
    this.#feed.tell(transaction, touched)
    this.#waits.hear(transaction)
  }

  /** Says why the subscription cannot be, and ends it. */
  #refuse(subscription: Subscription, error: unknown): void {
    this.#end(subscription)
    const problem = this.#explain(error)
    subscription.receiver.send(Frame.of({ t: 'err', s: subscription.id, problem }))
  }

  #explain(error: unknown): ProblemBody {
    const problem = error instanceof Problem ? error : toProblem(error)
    if (problem === undefined) this.#options.log.error('realtime.bug', { error })
    return (problem ?? new Problem(httpProblems.internal, 'The live query failed.')).toBody()
  }

  #end(subscription: Subscription): void {
    const { receiver, id } = subscription
    subscription.attempt++
    subscription.round++
    subscription.hasEnded = true
    this.#bindings.leaveGroup(subscription)
    this.#receivers.get(receiver)?.delete(id)
    this.#waits.settle(receiver)
  }
}
