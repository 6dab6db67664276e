import type { Queryable } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'

/** Name of a collection → the online change that holds its structure as it is. */
export type CollectionsUnderWay = ReadonlyMap<string, string>

export async function collectionsUnderWay(db: Queryable, schema: string): Promise<CollectionsUnderWay> {
  const rows = await db.query<{ name: string; change: string }>(sql`
    select collection as name, id::text as change from ${id(schema, 'data_online_changes')}
    where state in ('running', 'paused', 'failed')`)
  return new Map(rows.map(({ name, change }) => [name, change]))
}
