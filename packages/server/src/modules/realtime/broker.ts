import { httpProblems } from '@cloudbox/protocol/http'
import { READS } from '@cloudbox/policy/ir'
import { predicateKey } from '@cloudbox/policy/predicate-key'
import { realtimeProblems, type Cursor, type ResetReason } from '@cloudbox/protocol/realtime'
import type { Caller, Environment } from '../../kernel/caller.ts'
import type { Database } from '../../kernel/db.ts'
import type { Log } from '../../kernel/log.ts'
import { toProblem } from '../../kernel/pg-problem.ts'
import { Problem } from '../../kernel/problem.ts'
import type { ChangeStream, Transaction } from '../../kernel/stream.ts'
import type { LiveQuery, LiveRequest } from '../data/live/live-query.ts'
import { Answers } from './answers.ts'
import { Catalogue } from './catalogue.ts'
import type { RealtimeConfig } from './config.ts'
import { writeEffects, netEffects, type AnswerRow, type Effect } from './effect.ts'
import { Frame, snapFrames, txFrame } from './frame.ts'
import type { Group } from './group.ts'
import { previousLsn } from './lsn.ts'
import { effectsOf } from './read-answer.ts'
import { Subscription, type Receiver } from './subscription.ts'
import { tell } from './tell.ts'

/** Compiles a live query for one caller; throws a Problem when it may not be asked or cannot be live. */
export type CompileLive = (
  environment: Environment,
  caller: Caller,
  request: LiveRequest,
) => LiveQuery | Promise<LiveQuery>

/** Payload of the event that a collection has changed. */
export interface CollectionChanged {
  readonly schema: string
  readonly name: string
  readonly version: number
}

export interface BrokerOptions {
  readonly stream: ChangeStream
  readonly db: Database
  readonly log: Log
  readonly compile: CompileLive
  /** Reads the event of a changed collection; undefined for any other. */
  readonly readCollectionChange: (name: string, payload: unknown) => CollectionChanged | undefined
  readonly config: Pick<RealtimeConfig, 'maxRows' | 'maxWindow' | 'concurrentSnapshots'>
}

/** Between the change stream and the connections: knows who asks what, and tells each what a commit means to it. SPEC.md. */
export class Broker {
  readonly #options: BrokerOptions
  readonly #catalogue: Catalogue
  readonly #receivers = new Map<Receiver, Map<number, Subscription>>()
  /** Newest version of every collection that has changed since the start, by schema and name. */
  readonly #versions = new Map<string, number>()
  readonly #answers: Answers
  readonly #stops: (() => void)[]

  constructor(options: BrokerOptions) {
    this.#options = options
    this.#catalogue = new Catalogue()
    this.#answers = new Answers(options, options.config, {
      show: (subscription, group, rows) => this.#show(subscription, group, rows),
      refuse: (subscription, error) => this.#refuse(subscription, error),
    })
    this.#stops = [
      options.stream.listen(transaction => this.#hear(transaction)),
      options.stream.onBreak(() => this.#startAll('gap')),
    ]
  }

  /** Begins a live query. Everything that follows comes as frames. */
  subscribe(receiver: Receiver, id: number, request: LiveRequest, since?: Cursor): void {
    const subscriptions = this.#receivers.get(receiver) ?? new Map<number, Subscription>()
    this.#receivers.set(receiver, subscriptions)
    const subscription = new Subscription(receiver, id, request)
    subscriptions.set(id, subscription)
    void this.#bind(subscription, since === undefined ? {} : { since, otherwise: 'gap' })
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
    for (const subscription of this.#of(receiver)) void this.#bind(subscription, { otherwise: 'auth' })
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

  close(): void {
    for (const stop of this.#stops) stop()
    for (const receiver of [...this.#receivers.keys()]) this.leave(receiver)
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
    let query: LiveQuery
    try {
      query = await this.#compileNewest(receiver, request)
    } catch (error) {
      if (subscription.attempt === attempt) this.#refuse(subscription, error)
      return
    }
    if (subscription.attempt !== attempt) return
    const before = subscription.group
    const group = this.#catalogue.groupOf(query)
    if (group === before) return
    this.#leaveGroup(subscription)
    group.members.add(subscription)
    subscription.group = group
    if (since !== undefined && this.#resume(subscription, group, since)) return
    this.#start(subscription, otherwise)
  }

  /** The event of a change may be heard before the one who compiles has heard it. */
  async #compileNewest(receiver: Receiver, request: LiveRequest): Promise<LiveQuery> {
    const { compile } = this.#options
    for (let waitedMs = 0; ; waitedMs += 10) {
      const query = await compile(receiver.environment, receiver.caller, request)
      const { schema, name, version } = query.collection
      if (version >= (this.#versions.get(`${schema}.${name}`) ?? 0)) {
        assertLive(query, this.#options.config.maxWindow)
        return query
      }
      if (waitedMs > 5000) throw new Error(`the definition of ${schema}.${name} stays behind its changes`)
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }

  /** Continues from a cursor: the client keeps its rows and is told what has changed since. */
  #resume(subscription: Subscription, group: Group, since: Cursor): boolean {
    const { stream } = this.#options
    // Which rows of a window the client holds is not known.
    if (group.limit !== undefined || since.epoch !== stream.epoch || subscription.receiver.isLagging)
      return false
    const missed = stream.since(since.lsn)
    if (missed === undefined || missed.some(transaction => this.#concerns(transaction, group.query)))
      return false
    const effects = effectsOf(group, missed)
    if (effects === undefined) return false
    this.#goLive(subscription, group, since.lsn)
    this.#sendNet(subscription, group, missed, effects)
    return true
  }

  /** Whether a commit changed the collection to a version newer than cursors of before can be continued with. */
  #concerns(transaction: Transaction, { collection }: LiveQuery): boolean {
    return transaction.changes.some(change => {
      const changed = change.kind === 'event' ? this.#changeOf(change.name, change.payload) : undefined
      return changed?.schema === collection.schema && changed.name === collection.name
    })
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
      const changed = this.#changeOf(change.name, change.payload)
      if (changed !== undefined) this.#collectionChanged(changed, previousLsn(transaction.lsn))
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

  /** From here on nobody is judged by what the collection was. */
  #collectionChanged({ schema, name, version }: CollectionChanged, before: string): void {
    this.#versions.set(`${schema}.${name}`, version)
    for (const group of [...this.#catalogue.groups]) {
      const { collection } = group.query
      if (collection.schema !== schema || collection.name !== name || collection.version >= version) continue
      group.isClosed = true
      this.#catalogue.remove(group)
      for (const subscription of group.members) void this.#changeGroup(subscription, group, before)
    }
  }

  async #changeGroup(subscription: Subscription, old: Group, before: string): Promise<void> {
    const attempt = ++subscription.attempt
    const { receiver, request } = subscription
    const wasLive = subscription.isLive
    subscription.isLive = false
    if (wasLive) subscription.pausedAt = before
    try {
      const query = await this.#compileNewest(receiver, request)
      if (subscription.attempt !== attempt) return
      const group = this.#catalogue.groupOf(query)
      this.#leaveGroup(subscription)
      group.members.add(subscription)
      subscription.group = group
      const isSame = wasLive && sameStructure(old.query, query) && sameQuestion(old.query, query)
      if (isSame && this.#goOn(subscription, group, before)) return
      const why = sameStructure(old.query, query) ? 'policy' : 'schema'
      this.#start(subscription, wasLive ? why : undefined)
    } catch (error) {
      if (subscription.attempt === attempt) this.#refuse(subscription, error)
    }
  }

  /** Like resuming, but the change of the collection itself is known to leave this query as it was. */
  #goOn(subscription: Subscription, group: Group, before: string): boolean {
    const missed = group.limit === undefined ? this.#options.stream.since(before) : undefined
    const effects = missed && effectsOf(group, missed)
    if (
      subscription.receiver.isLagging ||
      effects === undefined ||
      this.#wasChangedTwice(group.query, missed!)
    )
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

  #wasChangedTwice(query: LiveQuery, missed: readonly Transaction[]): boolean {
    return missed.filter(transaction => this.#concerns(transaction, query)).length > 1
  }

  #changeOf(name: string, payload: unknown): CollectionChanged | undefined {
    return this.#options.readCollectionChange(name, payload)
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

/** Refuses what changes cannot be judged against without the database. */
function assertLive({ predicate, limit, collection }: LiveQuery, maxWindow: number): void {
  if ((predicate.node.reads & READS.lookup) !== 0) {
    throw new Problem(
      realtimeProblems['not-live'],
      `A policy or filter of ${collection.name} looks into another collection (db.….exists).`,
      {
        hint: 'Keep what decides in the document or in the token, or ask for this list without subscribing.',
      },
    )
  }
  if (limit !== undefined && limit > maxWindow) {
    throw new Problem(
      realtimeProblems['too-large'],
      `A live query may have a limit of at most ${maxWindow}.`,
      {
        hint: `Ask for ${maxWindow} or fewer, or leave the limit out.`,
      },
    )
  }
}

function explain(error: unknown): Problem | undefined {
  return error instanceof Problem ? error : toProblem(error)
}
