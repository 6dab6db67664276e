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

/** One live query of one client. */
export class Subscription {
  readonly receiver: Receiver
  /** The client's number of it. */
  readonly id: number
  readonly request: LiveRequest
  group: Group | undefined
  /** The client holds the answer and hears its changes. */
  isLive = false
  /** Its collection has changed; the client holds the answer as of here and hears nothing until it is bound anew. */
  pausedAt: string | undefined
  /** Grows with every start, so that what an earlier one was waiting for is recognised as overtaken. */
  attempt = 0

  constructor(receiver: Receiver, id: number, request: LiveRequest) {
    this.receiver = receiver
    this.id = id
    this.request = request
  }
}
