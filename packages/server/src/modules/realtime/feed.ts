import type { Cursor, ResetReason } from '@cloudbox/protocol/realtime'
import type { Transaction } from '../../kernel/stream.ts'
import { Answers } from './answers.ts'
import type { RealtimeConfig } from './config.ts'
import type { Definitions } from './definitions.ts'
import { netEffects, writeEffects, type AnswerRow, type Effect } from './effect.ts'
import { Frame, snapFrames, txFrame } from './frame.ts'
import type { Group } from './group.ts'
import { effectsOf, type AnswerSource } from './read-answer.ts'
import type { Subscription } from './subscription.ts'

export interface FeedOptions extends AnswerSource {
  readonly definitions: Definitions
  readonly config: Pick<RealtimeConfig, 'maxRows' | 'concurrentSnapshots'>
  /** There is no answer, for this reason. */
  refuse(subscription: Subscription, error: unknown): void
}

/** Brings subscriptions to the present: with the whole answer, or with what they have missed. */
export class Feed {
  readonly #options: FeedOptions
  readonly #answers: Answers

  constructor(options: FeedOptions) {
    this.#options = options
    this.#answers = new Answers(options, options.config, {
      show: (subscription, group, rows) => this.#show(subscription, group, rows),
      refuse: (subscription, error) => options.refuse(subscription, error),
    })
  }

  /** Gives the subscription the whole answer, after a reset when the client holds rows already. */
  start(subscription: Subscription, why?: ResetReason): void {
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

  /** Continues from a cursor: the client keeps its rows and is told what has changed since. */
  resume(subscription: Subscription, group: Group, since: Cursor): boolean {
    const { stream, definitions } = this.#options
    // Which rows of a window the client holds is not known.
    if (group.limit !== undefined || since.epoch !== stream.epoch || subscription.receiver.isLagging)
      return false
    const missed = stream.since(since.lsn)
    if (missed === undefined || missed.some(transaction => definitions.concerns(transaction, group)))
      return false
    return this.#continue(subscription, group, since.lsn, missed)
  }

  /** Like resuming, but the change of the collection itself is known to leave this query as it was. */
  goOn(subscription: Subscription, group: Group, before: string): boolean {
    const { stream, definitions } = this.#options
    const missed = group.limit === undefined ? stream.since(before) : undefined
    if (missed === undefined || subscription.receiver.isLagging) return false
    if (missed.filter(transaction => definitions.concerns(transaction, group)).length > 1) return false
    return this.#continue(subscription, group, before, missed)
  }

  /** Applies what a commit means to a window. What its clients see of it. */
  moveWindow(group: Group, effects: readonly Effect[]): readonly Effect[] {
    const { window } = group
    if (window === undefined || group.isFrozen) return []
    for (const effect of effects) window.apply(effect)
    if (window.isLow) this.#answers.read(group)
    return window.showChanges()
  }

  /** A commit does not tell which rows it changed. */
  tooMuch(group: Group): void {
    if (group.limit === undefined) {
      for (const subscription of group.members) if (subscription.isLive) this.start(subscription, 'bulk')
      return
    }
    // A reading under way sees the commit too and begins anew.
    group.isFrozen = true
    this.#answers.read(group)
  }

  /** Tells what was missed in one frame, and goes on from there. */
  #continue(
    subscription: Subscription,
    group: Group,
    since: string,
    missed: readonly Transaction[],
  ): boolean {
    const effects = effectsOf(group, missed)
    if (effects === undefined) return false
    this.#goLive(subscription, group, since)
    const net = netEffects(effects)
    const last = missed.at(-1)
    if (net.length > 0 && last !== undefined)
      subscription.receiver.send(
        txFrame(this.#options.stream.lsn, last.committedAtMs, writeEffects(group.number, net)),
      )
    return true
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
}
