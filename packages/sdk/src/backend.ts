import type { Live } from './live/live.ts'
import type { Send } from './request.ts'

/** What builders send through. */
export interface Backend {
  readonly send: Send
  /** All live queries of the client. */
  readonly live: Live
  readonly throwOnError: boolean
}
