import type { Database } from './db.ts'
import type { Gate } from './gate.ts'
import type { Log } from './log.ts'
import type { Route } from './route.ts'
import type { ChangeStream } from './stream.ts'

/** What every module stands on. No member knows a feature. */
export interface Kernel {
  readonly log: Log
  readonly db: Database
  /** Every commit of every environment, in order. */
  readonly stream: ChangeStream
  /** Finds the environment and the caller of a request. */
  readonly gate: Gate
  /** Every endpoint of every module; complete once all have started. */
  readonly routes: readonly Route[]
}
