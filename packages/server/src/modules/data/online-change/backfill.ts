import { setTimeout } from 'node:timers/promises'
import { id, raw, sql, type Sql } from '../../../kernel/sql.ts'
import type { Environment } from '../../../kernel/caller.ts'
import { quote } from '../collections/quote.ts'
import { findChange, updateChange } from './changes-table.ts'
import type { OnlineChange } from './online-change.ts'
import { ChangeStopped, type ChangeSession } from './session.ts'
import { modeSetting, shadowNames } from './shadow.ts'

/** How long a batch is to take: writers of its documents wait for its end. */
const batchMs = 100
const batchRows = { first: 500, least: 50, most: 20_000 }

/** Lets the trigger compute the new value of every document, in batches; resolves when none is left. */
export async function backfill(
  session: ChangeSession,
  environment: Environment,
  change: OnlineChange,
): Promise<void> {
  await countRows(session, environment, change)
  let size = batchRows.first
  let { cursor } = change
  for (;;) {
    const { last, ms } = await nextBatch(session, environment, change, { size, cursor })
    if (last === null) break
    cursor = last
    size = nextSize(size, ms)
  }
  await finishTodo(session, environment, change)
}

/** Does again what had to be left, until nothing is left. */
export async function finishTodo(
  session: ChangeSession,
  environment: Environment,
  change: OnlineChange,
): Promise<void> {
  while ((await todoBatch(session, environment, change)) > 0) {
    // What is left is what others hold: they have to come to their end first.
    await setTimeout(50)
  }
}

/** A batch that took too long is followed by a smaller one, and the other way round. */
export function nextSize(size: number, tookMs: number): number {
  const wanted = Math.round(size * Math.min(2, Math.max(0.25, batchMs / tookMs)))
  return Math.min(batchRows.most, Math.max(batchRows.least, wanted))
}

export async function countRows(
  { db }: Pick<ChangeSession, 'db'>,
  { schema }: Environment,
  { id: change, collection, rowsTotal }: OnlineChange,
): Promise<void> {
  if (rowsTotal !== null) return
  const [row] = await db.query<{ rows: string }>(sql`select count(*) as rows from ${id(schema, collection)}`)
  await updateChange(db, schema, change, [sql`rows_total = ${row!.rows}::bigint`])
}

/**
 * The next documents in the order of their ids; those that others hold are done later. They are looked up by arrays, one by
 * one, whatever Postgres thinks of their number. Answers the last of them, and how long Postgres took.
 */
async function nextBatch(
  { hidden }: ChangeSession,
  { schema }: Environment,
  { id: change, collection, field }: OnlineChange,
  { size, cursor }: { readonly size: number; readonly cursor: string | null },
): Promise<{ readonly last: string | null; readonly ms: number }> {
  const mark = id(shadowNames(field!, change).mark)
  return hidden(async tx => {
    await tx.query(sql`select set_config(${modeSetting}, ${`${change} touch`}, true)`)
    const [row] = await tx.query<{ last: string | null; ms: number; goes: boolean }>(sql`
      with batch as materialized (
        select id from ${id(schema, collection)}
        where ${behind(cursor)} order by id limit ${raw(String(size))}
      ), held as materialized (
        select t.id from ${id(schema, collection)} t where t.id = any (array(select id from batch))
        for no key update skip locked
      ), done as (
        update ${id(schema, collection)} t set ${mark} = null where t.id = any (array(select id from held)) returning t.id
      ), left_over as (
        insert into ${id(schema, 'data_change_todo')}
        select ${change}::bigint, id from batch where id not in (select id from held) on conflict do nothing
      ), noted as (
        update ${id(schema, 'data_online_changes')}
        set rows_done = rows_done + (select count(*) from batch),
          cursor = coalesce((select id from batch order by id desc limit 1), cursor)
        where id = ${change}::bigint and ${goesOn} returning id
      )
      select (select id from batch order by id desc limit 1) as last, exists (select from noted) as goes,
        -- Counted first, so that everything has been done by then.
        case when (select count(*) from done) >= 0
          then extract(epoch from clock_timestamp() - statement_timestamp())::float8 * 1000 end as ms`)
    if (!row!.goes) throw new ChangeStopped()
    return { last: row!.last, ms: row!.ms }
  })
}

/** Documents behind the last one that was reached. */
export function behind(cursor: string | null): Sql {
  return cursor === null ? sql`true` : sql`id > ${cursor}::uuid`
}

/** Documents that were held by others when their turn came. Answers how many are left. */
async function todoBatch(
  { hidden }: ChangeSession,
  { schema }: Environment,
  { id: change, collection, field }: OnlineChange,
): Promise<number> {
  const mark = id(shadowNames(field!, change).mark)
  return hidden(async tx => {
    await tx.script(`set local lock_timeout = 1000`)
    await tx.query(sql`select set_config(${modeSetting}, ${`${change} touch`}, true)`)
    if (!(await updateChange(tx, schema, change, [sql`error = null`], goesOn))) throw new ChangeStopped()
    const [row] = await tx.query<{ left: number }>(sql`
      with todo as materialized (
        select document from ${id(schema, 'data_change_todo')} where change = ${change}::bigint order by document limit 500
      ), held as materialized (
        select t.id from ${id(schema, collection)} t where t.id = any (array(select document from todo))
        for no key update skip locked
      ), done as (
        update ${id(schema, collection)} t set ${mark} = null where t.id = any (array(select id from held)) returning t.id
      ), gone as (
        delete from ${id(schema, 'data_change_todo')} where change = ${change}::bigint and document in (
          select id from held union all
          select document from todo where not exists (select from ${id(schema, collection)} t where t.id = document))
        returning document
      )
      select ((select count(*) from ${id(schema, 'data_change_todo')} where change = ${change}::bigint)
        - (select count(*) from gone))::float8 as left, (select count(*) from done) as done`)
    return row!.left
  })
}

/** True for a change that is to go on. */
export const goesOn = raw(`state = 'running' and not is_cancelling`)

/** Documents that no batch has reached: there must be none. */
export async function missedRows(
  { db }: ChangeSession,
  { schema }: Environment,
  { id: change, collection, field }: OnlineChange,
): Promise<number> {
  const [row] = await db.query<{ missed: number }>(
    raw(`with missed as materialized (
        select id from ${quote(schema, collection)} where ${quote(shadowNames(field!, change).mark)} is null
      ), noted as (
        insert into ${quote(schema, 'data_change_todo')} select ${change}, id from missed on conflict do nothing
      )
      select count(*)::float8 as missed from missed`),
  )
  return row!.missed
}

/** @throws ChangeStopped */
export async function stillRunning(
  { db, isStopping }: Pick<ChangeSession, 'db' | 'isStopping'>,
  environment: Environment,
  change: string,
): Promise<OnlineChange> {
  const now = await findChange(db, environment, change)
  if (now.state !== 'running' || now.isCancelling || isStopping) throw new ChangeStopped()
  return now
}
