import type { ResetReason } from '@cloudbox/protocol/realtime'
import type { LiveRequest } from '../data/module.ts'
import type { Caller, Environment } from '../../kernel/caller.ts'
import type { AnswerRow } from './effect.ts'
import type { Frame } from './frame.ts'
import type { Group } from './group.ts'

/** The far end of a connection, as the broker sees it: where frames go. Any edge can be one. */
export interface Receiver {
  readonly environment: Environment
  /** Who speaks now. */
  readonly caller: Caller
  /** Too much is waiting: nothing may be sent until the edge tells the broker that it has `drained`. */
  readonly isLagging: boolean
  /** Queues a frame. */
  send(frame: Frame): void
  /**
   * Queues the rows of a snapshot, which may be more than a slow client may have waiting otherwise. False when too
   * much is waiting already: nothing was queued then, and the edge calls `drained` when it is gone.
   */
  sendSnapshot(frames: readonly Frame[]): boolean
  /** A subscription was reset because the receiver was too slow. */
  tooSlow(): void
}

/** How the changes of a live query are told. */
export interface Delivery {
  /** Changes are held back and told together, at most this often. */
  readonly coalesceMs?: number
  /** Every change of every commit is told, one by one. */
  readonly isLossless?: boolean
}

/** How far a subscription is. */
export type Stage =
  /** Its question is being bound, or its answer read; the client holds nothing. */
  | 'starting'
  /** The client holds the answer and hears every change of it. */
  | 'live'
  /** The client holds the answer as of `held` and hears nothing until it has been told what came after. */
  | 'behind'
  /** The answer could not be sent; it starts anew, with the reset it is owed, when the receiver has drained. */
  | 'owed'

/** One live query of one client. */
export class Subscription {
  readonly receiver: Receiver
  /** The client's number of it. */
  readonly id: number
  readonly request: LiveRequest
  readonly delivery: Delivery
  group: Group | undefined
  /** The group whose number the client knows. */
  announced: Group | undefined
  stage: Stage = 'starting'
  /** While behind: nothing up to here is missing. */
  held = ''
  /** While behind: how many changes of its collection since then are known to leave its question as it was. */
  forgiven = 0
  /** While behind: the reset's reason, if what was missed is no longer known. */
  otherwise: ResetReason = 'gap'
  /** While behind in a window: the rows the client holds, if that is known. */
  shown: readonly AnswerRow[] | undefined
  /** While owed: the reset that has not been sent. */
  owes: ResetReason | undefined
  hasEnded = false
  /** Grows with every binding, so that what an earlier one was waiting for is recognised as overtaken. */
  attempt = 0
  /** Grows with every look into the past, for the same. */
  round = 0

  constructor(receiver: Receiver, id: number, request: LiveRequest, delivery: Delivery) {
    this.receiver = receiver
    this.id = id
    this.request = request
    this.delivery = delivery
  }

  /** From now on it hears nothing; the client has everything up to `held`, and `shown` of a window. */
  fallBehind(held: string, otherwise: ResetReason, shown?: readonly AnswerRow[]): void {
    this.stage = 'behind'
    this.held = held
    this.shown = shown
    this.forgiven = 0
    this.otherwise = otherwise
    this.round++
  }
}
