import type { Environment } from '../../../kernel/caller.ts'
import type { Queryable } from '../../../kernel/db.ts'

/** Where an environment counts what is done too often. */
export interface Guard {
  /** Never a transaction: what is counted stays counted when a request fails. */
  readonly db: Queryable
  readonly environment: Pick<Environment, 'schema'>
  /** Hashes addresses, so that the tables hold none. A key of the environment. */
  readonly key: Buffer
  /** Milliseconds since 1970. */
  now(): number
}
