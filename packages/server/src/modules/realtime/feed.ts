import type { ResetReason } from '@cloudbox/protocol/realtime'
import type { Transaction } from '../../kernel/stream.ts'
import { Answers } from './answers.ts'
import { Coalescing, drop } from './coalescing.ts'
import type { RealtimeConfig } from './config.ts'
import type { Definitions } from './definitions.ts'
import type { HearDelivery } from './deliveries.ts'
import { writeEffects, type AnswerRow, type Effect } from './effect.ts'
import { Frame, snapFrames, txFrame } from './frame.ts'
import type { Group } from './group.ts'
import { previousLsn } from './lsn.ts'
import { makeUp } from './make-up.ts'
import { differences } from './order-window.ts'
import type { AnswerSource } from './read-answer.ts'
import type { Receiver, Subscription } from './subscription.ts'
import { tell, type News } from './tell.ts'

export interface FeedOptions extends AnswerSource {
  readonly definitions: Definitions
  readonly config: Pick<RealtimeConfig, 'maxRows' | 'concurrentSnapshots'>
  /** There is no answer, for this reason. */
  refuse(subscription: Subscription, error: unknown): void
  /** A commit was told as it came, without anybody wanting it held back. */
  readonly delivered: HearDelivery
  /** A subscription of the receiver may have been told more than before. */
  told(receiver: Receiver): void
}

/** Brings subscriptions to the present, with the whole answer or with what they have missed, and keeps them there. */
export class Feed {
  readonly #options: FeedOptions
  readonly #answers: Answers
  readonly #coalescing: Coalescing

  constructor(options: FeedOptions) {
    this.#options = options
    this.#answers = new Answers(options, options.config, {
      show: (subscription, group, rows) => this.#show(subscription, group, rows),
      refill: news => this.#refill(news),
      refuse: (subscription, error) => options.refuse(subscription, error),
    })
    this.#coalescing = new Coalescing({
      stream: options.stream,
      mostRows: options.config.maxRows,
      flushed: group => {
        for (const subscription of group.members.values()) this.catchUp(subscription)
        this.#toldAll(group)
      },
    })
  }

  /** Gives the subscription the whole answer, after a reset when the client holds rows already. */
  start(subscription: Subscription, why: ResetReason | undefined = subscription.owes): void {
    const { group, receiver, id } = subscription
    if (group === undefined) return
    subscription.round++
    subscription.stage = 'owed'
    subscription.owes = why
    if (receiver.isLagging) return
    subscription.stage = 'starting'
    subscription.owes = undefined
    subscription.announced = undefined
    if (why !== undefined) {
      subscription.noteReset(why)
      receiver.send(Frame.of({ t: 'reset', s: id, why }))
    }
    if (why === 'slow') receiver.tooSlow()
    if (group.window !== undefined && !group.isFrozen && !group.window.isShort)
      return this.#show(subscription, group, group.window.shown)
    group.waiting.add(subscription)
    this.#answers.read(group)
  }

  /** Gives a subscription what it lacks, if its receiver can take it. */
  catchUp(subscription: Subscription): void {
    const { group, receiver, held, shown, stage } = subscription
    // Whoever closed the group puts its members into others.
    if (group === undefined || group.isClosed || receiver.isLagging) return
    if (stage === 'owed') return this.start(subscription)
    if (stage !== 'behind') return
    if (group.limit !== undefined) return this.#catchUpWindow(subscription, group, shown)
    const round = ++subscription.round
    const tell = (missed: readonly Transaction[] | undefined) => {
      if (subscription.round !== round || subscription.group !== group) return
      if (group.isClosed || receiver.isLagging) return
      if (missed !== undefined && group.wasMovedBy(missed)) this.start(subscription, 'lookup')
      else if (missed === undefined || !this.#makeUp(subscription, group, missed))
        this.start(subscription, subscription.otherwise)
    }
    const { past, lookups, refuse } = this.#options
    const known = lookups.known(group)
    const told = known === undefined ? past.since(held, tell) : known.then(() => past.since(held, tell))
    told.catch((error: unknown) => {
      if (subscription.round === round) refuse(subscription, error)
    })
  }

  /** Tells what one commit means to groups. */
  tell(transaction: Transaction, touched: Iterable<readonly [Group, readonly Effect[]]>): void {
    const { lsn, committedAtMs } = transaction
    const since = previousLsn(lsn)
    const news: News[] = []
    const whole: Group[] = []
    for (const [group, effects] of touched) {
      const { lacksSince = since, window } = group
      const one = {
        group,
        since: lacksSince,
        shown: window?.shown,
        effects: this.#seen(group, effects, since),
      }
      if (lacksSince !== since && group.lacksSince === undefined) whole.push(group)
      if (one.effects.length === 0) continue
      if (group.delivery.coalesceMs === undefined) news.push(one)
      else this.#coalescing.hold(one, committedAtMs)
    }
    if (news.length > 0) this.#options.delivered(news, tell(lsn, committedAtMs, news), transaction)
    for (const group of whole) this.#toldAll(group)
  }

  /**
   * What a look-up finds has changed, so that rows came or went that did not change; `before` is the place before it.
   * Nobody is told by what was: windows are told the difference as soon as they have been read, also where it is held back.
   */
  lookupMoved(group: Group, before: string): void {
    if (group.limit !== undefined) {
      const { heldBack, window, toldUpTo = before } = group
      const shown = heldBack === undefined ? window?.shown : heldBack.shown
      for (const subscription of group.members.values())
        if (subscription.stage === 'live') subscription.fallBehind(toldUpTo, 'lookup', shown)
      drop(group)
    }
    this.tooMuch(group, before, 'lookup')
  }

  /** A commit does not tell which rows it changed; `before` is the place before it. */
  tooMuch(group: Group, before: string, why: ResetReason = 'bulk'): void {
    if (group.limit === undefined) {
      drop(group)
      for (const subscription of group.members.values()) {
        const { stage } = subscription
        if (stage === 'live' || stage === 'behind') this.start(subscription, why)
      }
      return
    }
    // A reading under way sees the commit too and begins anew.
    group.isFrozen = true
    group.lacksSince ??= before
    this.#answers.read(group)
  }

  /** What clients see of effects: all, or what moves in the window. */
  #seen(group: Group, effects: readonly Effect[], before: string): readonly Effect[] {
    const { window } = group
    if (group.limit === undefined) return effects
    if (window === undefined || group.isFrozen) return []
    for (const effect of effects) window.apply(effect)
    if (window.isLow) this.#answers.read(group)
    group.lacksSince = window.isShort ? (group.lacksSince ?? before) : undefined
    return window.showChanges()
  }

  /** A window was read anew: those who saw the one before are told the difference. */
  #refill(news: News): void {
    const { group, effects } = news
    if (effects.length > 0) {
      if (group.delivery.coalesceMs === undefined)
        tell(group.lsnAfter(this.#options.stream.lsn), Date.now(), [news])
      else this.#coalescing.hold(news, Date.now())
    }
    this.#coalescing.thaw(group)
    for (const subscription of group.members.values()) this.catchUp(subscription)
    this.#toldAll(group)
  }

  #toldAll(group: Group): void {
    for (const receiver of group.members.keys()) this.#options.told(receiver)
  }

  #makeUp(subscription: Subscription, group: Group, missed: readonly Transaction[]): boolean {
    const { stream, definitions, config } = this.#options
    const changes = missed.filter(transaction => definitions.concerns(transaction, group)).length
    if (changes > subscription.forgiven) return false
    const frames = makeUp(group, missed, stream.lsn, config.maxRows)
    if (frames === undefined) return false
    const { receiver } = subscription
    if (subscription.announced !== group) this.#announce(subscription, group, subscription.held)
    for (const { lsn, frame } of frames) {
      if (receiver.isLagging) return true
      receiver.send(frame())
      subscription.held = lsn
    }
    this.#arrive(subscription, group)
    return true
  }

  #catchUpWindow(subscription: Subscription, group: Group, shown: readonly AnswerRow[] | undefined): void {
    const { window } = group
    if (shown === undefined || window === undefined) return this.start(subscription, subscription.otherwise)
    // When it has been read anew, this is called again.
    if (group.isFrozen) return
    const effects = differences(shown, window.shown)
    if (effects.length > 0) {
      const lsn = group.lsnAfter(this.#options.stream.lsn)
      subscription.receiver.send(txFrame(lsn, Date.now(), writeEffects(group.number, effects)))
    }
    this.#arrive(subscription, group)
  }

  /** Sends the whole answer. */
  #show(subscription: Subscription, group: Group, rows: readonly AnswerRow[]): void {
    const { receiver, id } = subscription
    if (subscription.group !== group) return
    const frames = snapFrames(
      id,
      rows.map(row => row.json),
    )
    if (receiver.isLagging || !receiver.sendSnapshot(frames)) {
      subscription.stage = 'owed'
      return
    }
    subscription.stage = 'live'
    subscription.snapshot = this.#options.stream.lsn
    this.#announce(subscription, group, this.#options.stream.lsn)
    this.#arrive(subscription, group)
  }

  /** Tells the client the number of its group. */
  #announce(subscription: Subscription, group: Group, lsn: string): void {
    const { order, limit } = group.query
    const { id: s, receiver } = subscription
    subscription.announced = group
    const window = limit === undefined ? {} : { limit }
    receiver.send(Frame.of({ t: 'live', s, g: group.number, lsn, order, ...window }))
  }

  /** The client holds the answer as of now. */
  #arrive(subscription: Subscription, group: Group): void {
    // What is held back for the others it has already; it joins them when that is told.
    if (group.heldBack === undefined) subscription.stage = 'live'
    else subscription.fallBehind(group.lacksSince ?? this.#options.stream.lsn, 'gap', group.window?.shown)
    this.#options.told(subscription.receiver)
  }
}
