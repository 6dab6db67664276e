import { createHash } from 'node:crypto'
import { helperSql } from '@cloudbox/policy/helpers-sql'
import type { Database } from '../../../kernel/db.ts'
import { quoteText } from './quote.ts'
import { sql } from '../../../kernel/sql.ts'

/** Two servers that start at once must not replace functions at once. The number is arbitrary. */
const helperLock = 7_203_121

/** Makes the SQL functions compiled expressions call (schema cb), unless this database has them as they are now. */
export async function installHelpers(db: Database): Promise<void> {
  const mark = `expressions ${createHash('sha256').update(helperSql).digest('hex').slice(0, 16)}`
  await db.transaction(async tx => {
    await tx.query(sql`select pg_advisory_xact_lock(${helperLock})`)
    const [row] = await tx.query<{ mark: string | null }>(
      sql`select obj_description(to_regnamespace('cb'), 'pg_namespace') as mark`,
    )
    if (row?.mark === mark) return
    await tx.script(helperSql)
    await tx.script(`comment on schema cb is ${quoteText(mark)}`)
  })
}
