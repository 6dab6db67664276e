import { randomBytes } from 'node:crypto'
import type { Environment } from '../../kernel/caller.ts'
import type { Database } from '../../kernel/db.ts'
import { id, literal } from '../../kernel/sql.ts'

/** Where and as whom to connect with any SQL tool. */
export interface SqlAccess {
  readonly user: string
  readonly password: string
  readonly database: string
}

/**
 * Opens the environment's own role for direct connections with a new password; the old one ends.
 * What the role sees is decided by native row security, from the same policies.
 */
export async function openSqlAccess(db: Database, environment: Environment): Promise<SqlAccess> {
  const password = randomBytes(18).toString('base64url')
  const role = id(environment.role).parts[0]!
  await db.transaction(tx => tx.script(`alter role ${role} login password ${literal(password).parts[0]!}`))
  return { user: environment.role, password, database: db.connection.database }
}
