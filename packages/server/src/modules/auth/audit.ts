import type { Environment } from '../../kernel/caller.ts'
import type { Queryable } from '../../kernel/db.ts'
import { id, sql } from '../../kernel/sql.ts'

/** Something that happened to an account. */
export interface AuditEntry {
  /** `<noun>.<verb past>`: `user.created`, `session.impersonated` … */
  readonly action: string
  readonly userId: string | undefined
  /** A user's id, `unknown`, or who acts upon users: `operator:…`, `key:…`. */
  readonly actor: string
  readonly ip?: string
  readonly details?: object
}

/** Writes it down, in the transaction of what happened. */
export async function audit(
  tx: Queryable,
  { schema }: Pick<Environment, 'schema'>,
  { action, userId, actor, ip, details = {} }: AuditEntry,
): Promise<void> {
  await tx.query(sql`
    insert into ${id(schema, 'auth_audit')} (action, user_id, actor, ip, details)
    values (${action}, ${userId ?? null}::uuid, ${actor}, ${ip ?? null}::inet, ${JSON.stringify(details)})`)
}
