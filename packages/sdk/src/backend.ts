import type { Live } from './live/live.ts'
import type { Open, Send } from './request.ts'

/** What builders send through. */
export interface Backend {
  readonly send: Send
  readonly open: Open
  /** All live queries of the client. */
  readonly live: Live
  readonly throwOnError: boolean
}
