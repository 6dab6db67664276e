import type { Actor, Caller, Environment } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import type { AuditEntry, By } from './entry.ts'

/** What was done in an environment; the place is known. */
export type EnvironmentEntry = Omit<AuditEntry, 'place'>

/** Writes down what was done in an environment, in the transaction it was done in; as late in it as can be. */
export type RecordEntry = (tx: Tx, environment: Environment, by: By, entry: EnvironmentEntry) => Promise<void>

/** A request below the address of an environment that only secret keys and operators may make. */
export interface AuthorRequest {
  readonly environment: Environment
  readonly caller: Caller
  readonly id: string
  readonly ip: string
}

/** Whoever changes something in an environment, with the way to write it down. */
export interface Author {
  readonly actor: Actor
  /**
   * Writes an entry in the transaction of the change: last, for entries of an organisation wait for each other from here to
   * the commit, and whoever holds that up must not wait for anything else.
   */
  record(tx: Tx, entry: EnvironmentEntry): Promise<void>
}

export type AuthorOf = (request: AuthorRequest) => Author

/** @param record writes an entry into the audit of the environment's organisation */
export function authorMaker(record: RecordEntry): AuthorOf {
  return ({ environment, caller, id, ip }) => {
    const by = byCaller({ caller, id, ip })
    return { actor: by.actor, record: (tx, entry) => record(tx, environment, by, entry) }
  }
}

/** Who asks below the address of an environment, for the audit. */
export function byCaller({ caller, id, ip }: Omit<AuthorRequest, 'environment'>): By {
  if (caller.kind !== 'secret') throw new Error('only secret keys and operators come here')
  return { actor: caller.actor, requestId: id, ip }
}
