import type { IndexAdvice } from '@cloudbox/protocol/advisor'
import type { Database } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Collection } from '../../data/module.ts'

type Creation = Extract<IndexAdvice, { kind: 'create' }>

/**
 * Relations without an index: deleting what they point to reads the whole table. Collections make such an index
 * themselves, so it is missing only where somebody has dropped it with SQL.
 */
export async function adviseForeignKeys(
  db: Database,
  schema: string,
  collections: ReadonlyMap<string, Collection>,
): Promise<Creation[]> {
  const missing = await db.query<{ table: string; column: string; target: string }>(sql`
    select t.relname as "table", a.attname as "column", f.relname as "target"
    from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_namespace n on n.oid = t.relnamespace
      join pg_class f on f.oid = c.confrelid
      join pg_attribute a on a.attrelid = t.oid and a.attnum = c.conkey[1]
    where c.contype = 'f' and n.nspname = ${schema} and cardinality(c.conkey) = 1
      and not exists (select from pg_index x where x.indrelid = t.oid and x.indisvalid and x.indkey[0] = c.conkey[1])
    order by 1, 2`)
  return missing.flatMap(({ table, column, target }) => {
    const collection = collections.get(table)
    if (collection === undefined || !collection.fields.has(column)) return []
    return [
      {
        kind: 'create' as const,
        collection: table,
        indexes: [{ fields: [column] }],
        reason: `Deleting one of ${target} reads all of ${table} to find what points there.`,
        serves: [],
      },
    ]
  })
}
