import { id, sql } from '../../../kernel/sql.ts'
import type { Guard } from './guard.ts'

/** Deleted at once at most. */
const maxRows = 500
/** Looked at, of all pages of a table: reading all of it would be too much for the request that sweeps. */
const sampledPercent = 10

/** After this long without an attempt an account starts anew. */
export const forgetAfterHours = 24

/** Deletes rows that say nothing any more: buckets that are full again, and attempts that are forgotten. */
export async function sweep(
  { db, environment, now }: Pick<Guard, 'db' | 'environment' | 'now'>,
  percent = sampledPercent,
): Promise<void> {
  const at = new Date(now()).toISOString()
  for (const [name, isOver] of [
    ['auth_rate_limits', sql`full_at < ${at}::timestamptz`],
    [
      'auth_lockouts',
      sql`locked_until < ${at}::timestamptz - make_interval(hours => ${forgetAfterHours}::int)`,
    ],
  ] as const) {
    const table = id(environment.schema, name)
    // Who is using a row right now keeps it: nobody waits, and nothing can block each other.
    await db.query(sql`
      delete from ${table} where key in (
        select key from ${table} tablesample system (${percent}::real)
        where ${isOver} limit ${maxRows}::int for update skip locked
      ) and ${isOver}`)
  }
}
