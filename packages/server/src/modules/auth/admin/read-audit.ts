import type { AuditRow } from '@cloudbox/protocol/auth-admin'
import type { Queryable } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'

/** Entries of the audit log, the latest first. */
export async function readAudit(
  db: Queryable,
  schema: string,
  {
    userId,
    action,
    before,
    limit = '100',
  }: {
    readonly userId?: string
    readonly action?: string
    readonly before?: string
    readonly limit?: string
  },
): Promise<AuditRow[]> {
  const rows = await db.query<{ row: string }>(sql`
    select json_build_object('id', a.id::text, 'at', a.at, 'action', a.action, 'userId', a.user_id, 'actor', a.actor,
      'ip', host(a.ip), 'details', a.details)::text as row
    from ${id(schema, 'auth_audit')} a
    where (${userId ?? null}::uuid is null or a.user_id = ${userId ?? null}::uuid)
      and (${action ?? null}::text is null or a.action = ${action ?? null})
      and (${before ?? null}::bigint is null or a.id < ${before ?? null}::bigint)
    order by a.id desc limit ${Math.min(500, Number(limit))}`)
  return rows.map(({ row }) => {
    const entry = JSON.parse(row) as AuditRow
    return { ...entry, at: new Date(entry.at).toISOString() }
  })
}
