import { randomBytes } from 'node:crypto'
import type { Environment } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import type { Made } from '../change.ts'
import { placeName } from '../directory/directory.ts'
import { id, literal } from '../../../kernel/sql.ts'

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
export async function openSqlAccess(
  tx: Tx,
  { role, project, name }: Environment,
  database: string,
): Promise<Made<SqlAccess>> {
  const password = randomBytes(18).toString('base64url')
  await tx.script(`alter role ${id(role).parts[0]!} login password ${literal(password).parts[0]!}`)
  return {
    answer: { user: role, password, database },
    entries: [{ action: 'sql-access.opened', place: placeName(project, name), subject: role }],
  }
}
