import type { Environment } from '../../../kernel/caller.ts'
import type { Queryable } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import { sqlRoleOf } from '../environments/sql-role.ts'

/** What SQL of migrations has made beside the collections: tables, views and functions, by name. Copies do not have them. */
export async function madeWithSql(db: Queryable, { schema, role }: Environment): Promise<string[]> {
  const rows = await db.query<{ name: string }>(sql`
    with made as (select oid from pg_roles where rolname = ${sqlRoleOf(role)})
    select relname as name from pg_class c
    where relnamespace = ${schema}::regnamespace and relowner in (table made) and relkind in ('r', 'p', 'v', 'm', 'f')
    union select proname from pg_proc where pronamespace = ${schema}::regnamespace and proowner in (table made)
    order by name`)
  return rows.map(({ name }) => name)
}
