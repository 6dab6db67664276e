import type { Environment } from '../../../kernel/caller.ts'
import type { Queryable } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'

/** Something in the trash, as it may be shown. */
export interface TrashItem {
  readonly plan: string
  /** Of the plan, from 1. */
  readonly step: number
  readonly kind: 'collection' | 'field' | 'unknown-field'
  readonly collection: string
  readonly field: string | null
  readonly bytes: number
  readonly removedAt: string
  /** From then on it may be removed for good. */
  readonly expiresAt: string
}

/** What plans have taken away and is still there, the newest first. */
export async function listTrash(
  db: Queryable,
  { schema }: Pick<Environment, 'schema'>,
): Promise<TrashItem[]> {
  const rows = await db.query<TrashItem & Record<string, unknown>>(sql`
    select plan, step, kind, collection, field, bytes::float8 as bytes,
      to_json(removed_at) #>> '{}' as "removedAt", to_json(expires_at) #>> '{}' as "expiresAt"
    from ${id(schema, 'data_trash')} order by id desc`)
  return rows.map(row => ({ ...row }))
}
