import type { ResetReason } from '@cloudbox/protocol/realtime'
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
    subscription.stage = 'starting'
    if (why !== undefined) receiver.send(Frame.of({ t: 'reset', s: id, why }))
    if (group.window !== undefined && !group.isFrozen)
      return this.#show(subscription, group, group.window.shown)
    group.waiting.add(subscription)
    this.#answers.read(group)
  }

  /** Tells a subscription that is behind what it has missed; resets it when that is not known. */
  catchUp(subscription: Subscription): void {
    const { group, receiver, held } = subscription
    if (group === undefined || subscription.stage !== 'behind') return
    // Which rows of a window the client holds is not known.
    if (group.limit !== undefined || receiver.isLagging)
      return this.start(subscription, subscription.otherwise)
    const round = ++subscription.round
    this.#options.past
      .since(held, missed => {
        // Whoever closed its group or put it into another one sees to it.
        if (subscription.group !== group || group.isClosed) return
        if (subscription.stage !== 'behind' || subscription.round !== round) return
        if (missed === undefined || !this.#makeUp(subscription, group, missed))
          this.start(subscription, subscription.otherwise)
      })
      .catch((error: unknown) => {
        if (subscription.round === round) this.#options.refuse(subscription, error)
      })
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
      for (const subscription of group.members)
        if (subscription.stage === 'live') this.start(subscription, 'bulk')
      return
    }
    // A reading under way sees the commit too and begins anew.
    group.isFrozen = true
    this.#answers.read(group)
  }

  /** Tells what was missed in one frame; false when the commits do not tell it. */
  #makeUp(subscription: Subscription, group: Group, missed: readonly Transaction[]): boolean {
    const { stream, definitions } = this.#options
    const changes = missed.filter(transaction => definitions.concerns(transaction, group)).length
    const effects = changes > subscription.forgiven ? undefined : effectsOf(group, missed)
    if (effects === undefined) return false
    this.#goLive(subscription, group, subscription.held)
    const net = netEffects(effects)
    const last = missed.at(-1)
    if (net.length > 0 && last !== undefined)
      subscription.receiver.send(txFrame(stream.lsn, last.committedAtMs, writeEffects(group.number, net)))
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
    subscription.stage = 'live'
    subscription.announced = group
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
