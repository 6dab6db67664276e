import type { Queryable } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'

const dayMs = 86_400_000

/** Removes what has been kept for long enough, and what environments have left that are not there any more. */
export async function forget(
  db: Queryable,
  keptDays: number,
  now: number,
  environmentIds: readonly string[],
): Promise<void> {
  const before = new Date(now - keptDays * dayMs)
  await db.query(sql`delete from cloudbox.alerts_incidents where ended_at < ${before}::timestamptz`)
  await db.query(sql`delete from cloudbox.alerts_silences where to_at < ${before}::timestamptz`)
  await db.query(sql`delete from cloudbox.alerts_gaps where to_at < ${before}::timestamptz`)
  for (const table of [sql`rules`, sql`states`, sql`incidents`, sql`channels`, sql`silences`])
    await db.query(sql`
      delete from cloudbox.alerts_${table} where environment_id <> all (${environmentIds}::uuid[])`)
}
