import type { Environment } from '../../kernel/caller.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Database, Tx } from '../../kernel/db.ts'
import type { Log } from '../../kernel/log.ts'
import type { Operation } from '../../kernel/observation.ts'
import type { Vault } from '../../kernel/vault.ts'
import type { MailFate } from '../auth/module.ts'
import type { Frame } from '../monitoring/module.ts'
import type { AuthorOf } from '../platform/module.ts'
import type { AlertsConfig } from './config.ts'
import type { AlertMail } from './notices/words.ts'

/** The mails of environments. */
export interface Mails {
  canSend(environment: Environment): Promise<boolean>
  /** Gives the id of the mail. */
  enqueue(tx: Tx, environment: Environment, to: string, mail: AlertMail): Promise<string>
  fateOf(environment: Environment, mailId: string): Promise<MailFate>
}

/** A time that is to be read, and how finely at the most. */
export interface WantedFrames {
  readonly from: number
  readonly minutesFrom: number
  readonly secondsFrom: number
  readonly to: number
}

/** What alerts stand on. */
export interface AlertsDeps {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  readonly vault: Vault
  readonly config: AlertsConfig
  /** Where people reach this server; undefined when nobody said. */
  readonly publicUrl: string | undefined
  readonly authorOf: AuthorOf
  readonly mails: Mails
  operationAt(index: number): Operation
  environments(): readonly Environment[]
  readFrames(environmentId: string, wanted: WantedFrames): AsyncIterable<Frame>
}
