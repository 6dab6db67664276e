import type { Database } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'

/** As long as it takes to read the largest table twice. */
const timeoutMs = 3_600_000

/** Makes an index anew whose making was interrupted, without keeping anybody out. False where there is no such index. */
export async function repairIndex(db: Database, schema: string, index: string): Promise<boolean> {
  const [broken] = await db.query(sql`
    select from pg_index x join pg_class i on i.oid = x.indexrelid join pg_namespace n on n.oid = i.relnamespace
    where nspname = ${schema} and i.relname = ${index} and not x.indisvalid`)
  if (broken === undefined) return false
  await db.query(sql`reindex index concurrently ${id(schema, index)}`, { timeoutMs })
  return true
}
