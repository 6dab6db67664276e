import type { Environment } from '../../../kernel/caller.ts'
import type { Queryable, Tx } from '../../../kernel/db.ts'
import { id, raw, sql } from '../../../kernel/sql.ts'
import { quote } from '../collections/quote.ts'
import type { OnlineChange } from './online-change.ts'
import { marks, modeSetting, shadowNames } from './shadow.ts'

/** A document whose value has no counterpart. */
export interface Quarantined {
  readonly document: string
  /** As Postgres writes it. */
  readonly value: string | null
  readonly message: string
}

/** The first of them, in the order of their ids. */
export async function listQuarantine(
  db: Queryable,
  { schema }: Pick<Environment, 'schema'>,
  { id: change }: Pick<OnlineChange, 'id'>,
  limit = 100,
): Promise<Quarantined[]> {
  const rows = await db.query<Quarantined & Record<string, unknown>>(sql`
    select document, value, message from ${id(schema, 'data_change_quarantine')}
    where change = ${change}::bigint order by document limit ${limit}`)
  return rows.map(row => ({ ...row }))
}

/** Forgets documents that are gone or have been mended in a way no trigger saw. Answers how many are left. */
export async function tidyQuarantine(
  db: Queryable,
  schema: string,
  { id: change, collection, field }: OnlineChange,
): Promise<number> {
  const [row] = await db.query<{ left: number }>(
    raw(`with gone as (delete from ${quote(schema, 'data_change_quarantine')} q where change = ${change}
        and not exists (select from ${quote(schema, collection)} t where t.id = q.document
          and t.${quote(shadowNames(field!, change).mark)} = ${marks.failed}) returning document)
      select ((select count(*) from ${quote(schema, 'data_change_quarantine')} where change = ${change})
        - (select count(*) from gone))::float8 as left`),
  )
  return row!.left
}

/** Gives everything in the quarantine nothing for its value. */
export async function emptyQuarantine(
  tx: Tx,
  schema: string,
  { id: change, collection, field }: OnlineChange,
): Promise<void> {
  const names = shadowNames(field!, change)
  await tx.query(sql`select set_config(${modeSetting}, ${`${change} give`}, true)`)
  await tx.script(`update ${quote(schema, collection)} t set ${quote(names.next)} = null
    where t.id in (select document from ${quote(schema, 'data_change_quarantine')} where change = ${change}
      order by document limit 1000)`)
}
