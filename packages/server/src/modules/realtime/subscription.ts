import type { ResetReason } from '@cloudbox/protocol/realtime'
import type { LiveRequest } from '../data/module.ts'
import type { Caller, Environment } from '../../kernel/caller.ts'
import type { Frame } from './frame.ts'
import type { Group } from './group.ts'

/** The far end of a connection, as the broker sees it: where frames go. Any edge can be one. */
export interface Receiver {
  readonly environment: Environment
  /** Who speaks now. */
  readonly caller: Caller
  /** Too much is waiting: nothing may be sent until the edge asks the broker to start it anew. */
  readonly isLagging: boolean
  /** Queues a frame. */
  send(frame: Frame): void
  /** Queues the rows of a snapshot, which may be more than a slow client may have waiting otherwise. */
  sendSnapshot(frames: readonly Frame[]): void
}

/** How far a subscription is. */
export type Stage =
  /** Its question is being bound, or its answer read; the client holds nothing. */
  | 'starting'
  /** The client holds the answer and hears every change of it. */
  | 'live'
  /** The client holds the answer as of `held` and hears nothing until it has been told what came after. */
  | 'behind'

/** One live query of one client. */
export class Subscription {
  readonly receiver: Receiver
  /** The client's number of it. */
  readonly id: number
  readonly request: LiveRequest
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
  /** Grows with every binding, so that what an earlier one was waiting for is recognised as overtaken. */
  attempt = 0
  /** Grows with every look into the past, for the same. */
  round = 0

  constructor(receiver: Receiver, id: number, request: LiveRequest) {
    this.receiver = receiver
    this.id = id
    this.request = request
  }

  /** From now on it hears nothing; the client has everything up to `held`. */
  fallBehind(held: string, otherwise: ResetReason): void {
    this.stage = 'behind'
    this.held = held
    this.forgiven = 0
    this.otherwise = otherwise
  }
}
