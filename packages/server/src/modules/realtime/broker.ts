import { httpProblems } from '@cloudbox/protocol/http'
import { predicateKey } from '@cloudbox/policy/predicate-key'
import type { Cursor, ResetReason } from '@cloudbox/protocol/realtime'
import type { Database } from '../../kernel/db.ts'
import type { Log } from '../../kernel/log.ts'
import { toProblem } from '../../kernel/pg-problem.ts'
import { Problem } from '../../kernel/problem.ts'
import type { ChangeStream, Transaction } from '../../kernel/stream.ts'
import type { LiveQuery, LiveRequest } from '../data/module.ts'
import { Answers } from './answers.ts'
import { Catalogue } from './catalogue.ts'
import type { RealtimeConfig } from './config.ts'
import { Definitions, type CollectionsChange, type DefinitionOptions } from './definitions.ts'
import { writeEffects, netEffects, type AnswerRow, type Effect } from './effect.ts'
import { Frame, snapFrames, txFrame } from './frame.ts'
import type { Group } from './group.ts'
import { previousLsn } from './lsn.ts'
import { effectsOf } from './read-answer.ts'
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
  readonly #catalogue: Catalogue
  readonly #receivers = new Map<Receiver, Map<number, Subscription>>()
  readonly #definitions: Definitions
  readonly #answers: Answers
  readonly #stops: (() => void)[]

  constructor(options: BrokerOptions) {
    this.#options = options
    this.#catalogue = new Catalogue()
    this.#definitions = new Definitions(options.definitions, options.config.maxWindow)
    this.#answers = new Answers(options, options.config, {
      show: (subscription, group, rows) => this.#show(subscription, group, rows),
      refuse: (subscription, error) => this.#refuse(subscription, error),
    })
    this.#stops = [
      options.stream.listen(transaction => this.#hear(transaction)),
      options.stream.onBreak(() => this.#startAll('gap')),
    ]
  }

  /** Compiles a query for who asks; throws the Problem when it may not be asked or cannot be live. */
  compile(asker: Pick<Receiver, 'environment' | 'caller'>, request: LiveRequest): Promise<LiveQuery> {
    return this.#definitions.compile(asker, request)
  }

  /** Begins a live query. Everything that follows comes as frames. */
  subscribe(receiver: Receiver, id: number, request: LiveRequest, since?: Cursor): void {
    const subscriptions = this.#receivers.get(receiver) ?? new Map<number, Subscription>()
    this.#receivers.set(receiver, subscriptions)
    const subscription = new Subscription(receiver, id, request)
    subscriptions.set(id, subscription)
    this.#run(subscription, this.#bind(subscription, since === undefined ? {} : { since, otherwise: 'gap' }))
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
    for (const subscription of this.#of(receiver))
      this.#run(subscription, this.#bind(subscription, { otherwise: 'auth' }))
  }

  /** The receiver has read everything that was waiting, and missed what came meanwhile. */
  restart(receiver: Receiver): void {
    for (const subscription of this.#of(receiver)) this.#start(subscription, 'slow')
  }

  leave(receiver: Receiver): void {
    for (const subscription of this.#of(receiver)) this.#end(subscription)
    this.#receivers.delete(receiver)
  }

  /** Up to here nothing is missing in any live subscription of the receiver. */
  position(receiver: Receiver): string {
    let position = this.#options.stream.lsn
    for (const { pausedAt } of this.#of(receiver))
      if (pausedAt !== undefined && pausedAt < position) position = pausedAt
    return position
  }

  /** Whether a client that has read everything sent so far may go on from here: nothing before it is missing. */
  isCursor(receiver: Receiver, lsn: string): boolean {
    const isWhole = this.#of(receiver).every(({ isLive, pausedAt }) => isLive || pausedAt !== undefined)
    return isWhole && lsn <= this.position(receiver)
  }

  close(): void {
    for (const stop of this.#stops) stop()
    this.#definitions.close()
    for (const receiver of this.#receivers.keys()) this.leave(receiver)
  }

  #of(receiver: Receiver): Subscription[] {
    return [...(this.#receivers.get(receiver)?.values() ?? [])]
  }

  /**
   * Compiles the query for its caller and puts the subscription into its group. Where the bound query is the one it
   * had, it goes on untouched; else it goes on from `since` if it can, or is reset.
   */
  async #bind(
    subscription: Subscription,
    { since, otherwise }: { since?: Cursor; otherwise?: ResetReason },
  ): Promise<void> {
    const attempt = ++subscription.attempt
    const { receiver, request } = subscription
    const query = await this.#definitions.compile(receiver, request)
    if (subscription.attempt !== attempt) return
    if (this.#catalogue.groupOf(receiver.environment.id, query) === subscription.group) return
    const group = this.#join(subscription, query)
    if (since !== undefined && this.#resume(subscription, group, since)) return
    this.#start(subscription, otherwise)
  }

  /** Puts the subscription into the group of its question. */
  #join(subscription: Subscription, query: LiveQuery): Group {
    const group = this.#catalogue.groupOf(subscription.receiver.environment.id, query)
    this.#leaveGroup(subscription)
    group.members.add(subscription)
    subscription.group = group
    return group
  }

  /** Waits for binding; a subscription that cannot be bound ends, unless it has been bound otherwise meanwhile. */
  #run(subscription: Subscription, binding: Promise<void>): void {
    const { attempt } = subscription
    binding.catch((error: unknown) => {
      if (subscription.attempt === attempt) this.#refuse(subscription, error)
    })
  }

  /** Continues from a cursor: the client keeps its rows and is told what has changed since. */
  #resume(subscription: Subscription, group: Group, since: Cursor): boolean {
    const { stream } = this.#options
    // Which rows of a window the client holds is not known.
    if (group.limit !== undefined || since.epoch !== stream.epoch || subscription.receiver.isLagging)
      return false
    const missed = stream.since(since.lsn)
    if (missed === undefined || missed.some(transaction => this.#definitions.concerns(transaction, group)))
      return false
    const effects = effectsOf(group, missed)
    if (effects === undefined) return false
    this.#goLive(subscription, group, since.lsn)
    this.#sendNet(subscription, group, missed, effects)
    return true
  }

  /** Gives the subscription the whole answer, after a reset when the client holds rows already. */
  #start(subscription: Subscription, why?: ResetReason): void {
    const { group, receiver, id } = subscription
    if (group === undefined) return
    subscription.isLive = false
    subscription.pausedAt = undefined
    if (why !== undefined) receiver.send(Frame.of({ t: 'reset', s: id, why }))
    if (group.window !== undefined && !group.isFrozen)
      return this.#show(subscription, group, group.window.shown)
    group.waiting.add(subscription)
    this.#answers.read(group)
  }

  #startAll(why: ResetReason): void {
    for (const group of this.#catalogue.groups) group.window = undefined
    for (const subscriptions of this.#receivers.values())
      for (const subscription of subscriptions.values()) this.#start(subscription, why)
  }

  /** Sends the whole answer. */
  #show(subscription: Subscription, group: Group, rows: readonly AnswerRow[]): void {
    const { receiver, id } = subscription
    // One who lags gets everything anew when it has caught up; one who has left wants nothing.
    if (subscription.group !== group || receiver.isLagging) return
    receiver.sendSnapshot(
      snapFrames(
        id,
        rows.map(row => row.json),
      ),
    )
    this.#goLive(subscription, group, this.#options.stream.lsn)
  }

  #goLive(subscription: Subscription, group: Group, lsn: string): void {
    const { order, limit } = group.query
    subscription.isLive = true
    subscription.pausedAt = undefined
    subscription.receiver.send(
      Frame.of({
        t: 'live',
        s: subscription.id,
        g: group.number,
        lsn,
        order,
        ...(limit === undefined ? {} : { limit }),
      }),
    )
  }

  #hear(transaction: Transaction): void {
    for (const change of transaction.changes) {
      if (change.kind !== 'event') continue
      const changed = this.#definitions.read(change)
      if (changed !== undefined) this.#collectionsChanged(changed, previousLsn(transaction.lsn))
    }
    const touched = new Map<Group, Effect[]>()
    for (const change of transaction.changes) {
      if (change.kind === 'event') continue
      for (const table of this.#catalogue.at(change.table)) {
        if (change.kind === 'truncate' || change.kind === 'bulk') {
          for (const group of table.groups) this.#tooMuch(group)
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
      effects: group.limit === undefined ? effects : this.#moveWindow(group, effects),
    }))
    tell(transaction.lsn, transaction.committedAtMs, visible)
  }

  #moveWindow(group: Group, effects: readonly Effect[]): readonly Effect[] {
    const { window } = group
    if (window === undefined || group.isFrozen) return []
    for (const effect of effects) window.apply(effect)
    if (window.isLow) this.#answers.read(group)
    return window.showChanges()
  }

  /** A commit does not tell which rows it changed. */
  #tooMuch(group: Group): void {
    if (group.limit === undefined) {
      for (const subscription of group.members) if (subscription.isLive) this.#start(subscription, 'bulk')
      return
    }
    // A reading under way sees the commit too and begins anew.
    group.isFrozen = true
    this.#answers.read(group)
  }

  /** From here on nobody is judged by what the collections were. */
  #collectionsChanged(change: CollectionsChange, before: string): void {
    for (const group of this.#groupsOf(change)) this.#close(group, before)
    // A subscription made at the moment of a change may have been compiled against what the collection was.
    this.#definitions.note(change, () => {
      for (const group of this.#groupsOf(change)) void this.#lookAgain(group, before)
    })
  }

  #groupsOf({ environmentId, names }: CollectionsChange): Group[] {
    return [...this.#catalogue.groups].filter(
      group => group.environmentId === environmentId && names.includes(group.query.collection.name),
    )
  }

  async #lookAgain(group: Group, before: string): Promise<void> {
    if ((await this.#definitions.isOutdated(group)) && !group.isClosed) this.#close(group, before)
  }

  #close(group: Group, before: string): void {
    group.isClosed = true
    this.#catalogue.remove(group)
    for (const subscription of group.members)
      this.#run(subscription, this.#changeGroup(subscription, group, before))
  }

  /** Binds the subscription of a closed group anew; it goes on from `before` if its question stayed the same. */
  async #changeGroup(subscription: Subscription, old: Group, before: string): Promise<void> {
    const attempt = ++subscription.attempt
    const { receiver, request } = subscription
    const wasLive = subscription.isLive
    subscription.isLive = false
    if (wasLive) subscription.pausedAt = before
    // First everybody else hears of the change, above all the one who compiles.
    await Promise.resolve()
    try {
      const query = await this.#definitions.compile(receiver, request, old.query.collection.version)
      if (subscription.attempt !== attempt) return
      const group = this.#catalogue.groupOf(receiver.environment.id, query)
      this.#leaveGroup(subscription)
      group.members.add(subscription)
      subscription.group = group
      const isSame = sameStructure(old.query, query)
      if (wasLive && isSame && sameQuestion(old.query, query) && this.#goOn(subscription, group, before))
        return
      this.#start(subscription, wasLive ? (isSame ? 'policy' : 'schema') : undefined)
    } catch (error) {
      if (subscription.attempt === attempt) this.#refuse(subscription, error)
    }
  }

  /** Like resuming, but the change of the collection itself is known to leave this query as it was. */
  #goOn(subscription: Subscription, group: Group, before: string): boolean {
    const missed = group.limit === undefined ? this.#options.stream.since(before) : undefined
    const effects = missed && effectsOf(group, missed)
    if (subscription.receiver.isLagging || effects === undefined || this.#wasChangedTwice(group, missed!))
      return false
    this.#goLive(subscription, group, before)
    this.#sendNet(subscription, group, missed!, effects)
    return true
  }

  /** What a client has missed, in one frame. */
  #sendNet(
    { receiver }: Subscription,
    group: Group,
    missed: readonly Transaction[],
    effects: Effect[],
  ): void {
    const net = netEffects(effects)
    const last = missed.at(-1)
    if (net.length > 0 && last !== undefined)
      receiver.send(txFrame(this.#options.stream.lsn, last.committedAtMs, writeEffects(group.number, net)))
  }

  #wasChangedTwice(group: Group, missed: readonly Transaction[]): boolean {
    return missed.filter(transaction => this.#definitions.concerns(transaction, group)).length > 1
  }

  /** Says why the subscription cannot be, and ends it. */
  #refuse(subscription: Subscription, error: unknown): void {
    this.#end(subscription)
    const problem = explain(error)
    if (problem === undefined) this.#options.log.error('realtime.bug', { error })
    const body = (problem ?? new Problem(httpProblems.internal, 'The live query failed.')).toBody()
    subscription.receiver.send(Frame.of({ t: 'err', s: subscription.id, problem: body }))
  }

  #end(subscription: Subscription): void {
    subscription.attempt++
    this.#leaveGroup(subscription)
    this.#receivers.get(subscription.receiver)?.delete(subscription.id)
  }

  #leaveGroup(subscription: Subscription): void {
    const { group } = subscription
    if (group === undefined) return
    subscription.group = undefined
    subscription.isLive = false
    group.members.delete(subscription)
    group.waiting.delete(subscription)
    if (group.members.size === 0 && !group.isClosed) {
      group.isClosed = true
      this.#catalogue.remove(group)
    }
  }
}

function sameStructure(a: LiveQuery, b: LiveQuery): boolean {
  const structure = ({ collection: { definition } }: LiveQuery) =>
    JSON.stringify([definition.fields, definition.flexible ?? false])
  return structure(a) === structure(b)
}

function sameQuestion(a: LiveQuery, b: LiveQuery): boolean {
  return predicateKey(a.predicate) === predicateKey(b.predicate)
}

function explain(error: unknown): Problem | undefined {
  return error instanceof Problem ? error : toProblem(error)
}
