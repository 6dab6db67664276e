import type { NowReply } from '@cloudbox/protocol/monitoring'
import type { Environment } from '../../kernel/caller.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Database } from '../../kernel/db.ts'
import type { Gate } from '../../kernel/gate.ts'
import type { Operation } from '../../kernel/observation.ts'
import type { MonitoringConfig } from './config.ts'
import type { LiveFeed } from './live/live-feed.ts'
import type { StoredWindows } from './rollups/stored-windows.ts'

/** What the endpoints stand on. */
export interface MonitoringDeps {
  readonly db: Database
  readonly clock: Clock
  readonly gate: Gate
  readonly config: MonitoringConfig
  readonly windows: StoredWindows
  /** Runs reads of long times, two at once; the others wait for their turn. */
  readonly longReads: <T>(read: () => Promise<T>) => Promise<T>
  readonly live: LiveFeed
  operationAt(index: number): Operation
  /** How everything is, now. */
  readNow(environment: Environment): Promise<NowReply>
  /** Environments of an organisation, which is there. */
  environmentsOf(organisation: string): readonly Environment[]
}
