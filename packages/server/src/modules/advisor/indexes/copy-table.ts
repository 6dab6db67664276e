import type { Database } from '../../../kernel/db.ts'
import { id, join, sql } from '../../../kernel/sql.ts'

/** Documents that are copied to try indexes on. */
const copiedRows = 100_000

/** Makes a temporary table like another one, with its indexes and up to {@link copiedRows} of its rows. */
export async function copyTable(db: Database, schema: string, table: string): Promise<void> {
  const [from, to] = [id(schema, table), id('pg_temp', table)]
  const name = from.parts[0]!
  await db.query(sql`create temp table ${id(table)} (like ${from} including generated including indexes)`)
  const columns = await db.query<{ name: string }>(sql`
    select attname as name from pg_attribute
    where attrelid = ${name}::text::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`)
  const list = join(columns.map(column => id(column.name)))
  // A sample where the table is large: its first rows are the oldest ones.
  const [{ share } = { share: 100 }] = await db.query<{ share: number }>(sql`
    select least(100, 100.0 * ${copiedRows}::int / greatest(reltuples, 1))::float8 as share
    from pg_class where oid = ${name}::text::regclass`)
  await db.query(sql`
    insert into ${to} (${list})
    select ${list} from ${from} tablesample bernoulli (${share}::float8) limit ${copiedRows}::int`)
  await db.query(sql`analyze ${to}`)
}
