import type { Environment } from './caller.ts'
import type { Clock } from './clock.ts'
import type { NamedParts } from './environment-file.ts'
import type { CopyPlan } from './copy-environment.ts'
import type { Database, Tx } from './db.ts'
import type { Gate } from './gate.ts'
import type { Log } from './log.ts'
import type { Levels } from './migrate.ts'
import type { Observer } from './observer.ts'
import type { Peers } from './peers.ts'
import type { Replacement } from './replace-environment.ts'
import type { Route } from './route.ts'
import type { ChangeStream } from './stream.ts'
import type { Vault } from './vault.ts'

/** What every module stands on. No member knows a feature. */
export interface Kernel {
  readonly log: Log
  readonly db: Database
  /** Every commit of every environment, in order. */
  readonly stream: ChangeStream
  /** The processes that serve requests beside this one. */
  readonly peers: Peers
  /** What time it is. */
  readonly clock: Clock
  /** Tells of everything that is done. */
  readonly observer: Observer
  /** Finds the environment and the caller of a request. */
  readonly gate: Gate
  /** Derives keys and seals secrets. */
  readonly vault: Vault
  /** Where people reach this server, without a slash at the end; undefined when nobody said. */
  readonly publicUrl: string | undefined
  /** Brings the tables of every module inside one environment up to date, or to what they were once. */
  migrateEnvironment(environment: Environment, upTo?: Levels): Promise<void>
  /**
   * Copies what is in one environment into another that is migrated and empty, as of one moment and in one transaction:
   * when it throws, the other one is as empty as before. Documents do not pass through this process.
   */
  copyEnvironment(from: Environment, to: Environment, plan: CopyPlan): Promise<void>
  /**
   * Gives an environment another content within a transaction; call what it resolves to after the commit. What was in it
   * is put aside as it is.
   */
  replaceEnvironment(tx: Tx, replacement: Replacement): Promise<() => Promise<void>>
  /** What each module does for files that hold an environment; complete once all have started. */
  fileParts(): NamedParts
  /** Every endpoint of every module; complete once all have started. */
  readonly routes: readonly Route[]
}
