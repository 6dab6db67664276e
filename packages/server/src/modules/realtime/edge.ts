import type { Writable } from 'node:stream'
import type { Caller, Environment } from '../../kernel/caller.ts'
import type { Credentials } from '../../kernel/gate.ts'
import type { Frame } from './frame.ts'

/** What carries the frames of one connection to its client: a WebSocket, or the body of an answer. */
export interface Edge {
  readonly kind: 'websocket' | 'sse'
  /** Names the connection, in `welcome` and in the log. */
  readonly id: string
  readonly environment: Environment
  /** Whom the request that opened it speaks for. */
  readonly caller: Caller
  readonly credentials: Credentials
  /** Where the request came from. */
  readonly ip: string
  readonly userAgent: string
  readonly isOpen: boolean
  /** Where encoded frames are written; its `drain` tells that the client has taken everything. */
  readonly stream: Writable
  /** One frame as it travels here. Called once for each frame, in the order of sending. */
  encode(frame: Frame): Buffer
  /** Closes after what has been written; the client may come back after `retryMs` (0: it should not). */
  close(code: string, retryMs: number): void
  /** Lets go at once. */
  destroy(): void
}
