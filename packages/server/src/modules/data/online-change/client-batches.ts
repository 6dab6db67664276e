import { dataProblems } from '@cloudbox/protocol/data'
import { schemaProblems } from '@cloudbox/protocol/schema'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database, Tx } from '../../../kernel/db.ts'
import { toPgError } from '../../../kernel/pg-problem.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, join, raw, sql, type Sql } from '../../../kernel/sql.ts'
import type { Catalog } from '../collections/catalog.ts'
import { readJson } from '../collections/move-field.ts'
import { documentSql, fieldSql } from '../documents/row-json.ts'
import { countRows } from './backfill.ts'
import { findChange, onlineChangeMoved, updateChange } from './changes-table.ts'
import { isByClient, type OnlineChange } from './online-change.ts'
import { marks, modeSetting, shadowNames } from './shadow.ts'

/** Documents for a program to compute values of. */
export interface ClientBatch {
  readonly rows: readonly {
    readonly id: string
    /** To be sent back with the value: a document that has been written meanwhile comes again. */
    readonly version: string
    readonly document: Readonly<Record<string, unknown>>
  }[]
  /** Nothing is left for the program to do. */
  readonly isDone: boolean
}

/** What a program made of documents. */
export interface ClientAnswers {
  /** Values of the new type, as documents carry them. Without a version it counts for whatever the document is now. */
  readonly values?: readonly { readonly id: string; readonly version?: string; readonly value: unknown }[]
  /** Documents the program has no value for: they go to the quarantine. */
  readonly failures?: readonly { readonly id: string; readonly version?: string; readonly message: string }[]
  /** Documents of the quarantine whose values are to be computed anew: what computes them has been mended. */
  readonly again?: readonly string[]
}

const maxRows = 1000

/** The next documents that a program outside of the database has to compute values of. */
export async function nextBatch(
  { db, catalog }: { readonly db: Database; readonly catalog: Catalog },
  environment: Environment,
  change: string,
  limit = 200,
): Promise<ClientBatch> {
  const now = await findChange(db, environment, change)
  refuseOthers(now)
  if (now.state !== 'running' || now.phase !== 'backfill')
    return { rows: [], isDone: now.phase !== 'backfill' }
  await countRows({ db }, environment, now)
  const { schema } = environment
  const collection = (await catalog.collections(environment)).get(now.collection)!
  const mark = id('t', shadowNames(now.field!, change).mark)
  const selected = [...collection.fields.values()].map(
    field => sql`${fieldSql('t', field)} as ${id(field.name)}`,
  )
  const rows = await db.query<{ id: string; version: string; document: string }>(sql`
    with picked as (
      (select id from ${id(schema, now.collection)} t
       where ${mark} is null and ${now.cursor === null ? raw('true') : sql`id >= ${now.cursor}::uuid`} order by id limit ${Math.min(limit, maxRows)})
      union
      (select document from ${id(schema, 'data_change_todo')} where change = ${change}::bigint limit ${Math.min(limit, maxRows)})
    )
    select t.id, t.xmin::text as version, ${documentSql('t', 'shaped', collection.flexible)} as document
    from ${id(schema, now.collection)} t cross join lateral (select ${join(selected)}) shaped
    where t.id in (select id from picked) and ${mark} is null order by t.id limit ${Math.min(limit, maxRows)}`)
  if (rows.length > 0) {
    await moveCursor(db, schema, now, mark)
    return {
      rows: rows.map(({ document, ...row }) => ({
        ...row,
        document: JSON.parse(document) as Record<string, unknown>,
      })),
      isDone: false,
    }
  }
  await db.transaction(async tx => {
    // Of documents that are gone, or done by now.
    await tx.query(sql`
      delete from ${id(schema, 'data_change_todo')} where change = ${change}::bigint and document not in (
        select id from ${id(schema, now.collection)} t where ${mark} is null
          and id in (select document from ${id(schema, 'data_change_todo')} where change = ${change}::bigint))`)
    await updateChange(tx, schema, change, [sql`phase = 'quarantined'`], raw(`phase = 'backfill'`))
    await tx.emit(onlineChangeMoved, { environmentId: environment.id, change })
  })
  return { rows: [], isDone: true }
}

/** Documents before the first one that is to be done need not be looked at again; those that change are on a list. */
async function moveCursor(
  db: Database,
  schema: string,
  { id: change, collection, cursor }: OnlineChange,
  mark: Sql,
) {
  await db.query(sql`
    update ${id(schema, 'data_online_changes')} set cursor = coalesce((select id from ${id(schema, collection)} t
      where ${mark} is null and ${cursor === null ? raw('true') : sql`id >= ${cursor}::uuid`} order by id limit 1), cursor)
    where id = ${change}::bigint`)
}

/** Takes what a program made of documents. Also mends what is in the quarantine, whoever put it there. */
export async function putBatch(
  db: Database,
  environment: Environment,
  change: string,
  { values = [], failures = [], again = [] }: ClientAnswers,
): Promise<{ readonly taken: number; readonly again: number }> {
  const { schema } = environment
  return db.transaction(async tx => {
    const now = await findChange(tx, environment, change)
    if (now.field === null || now.phase === 'archive' || !['running', 'paused', 'failed'].includes(now.state))
      throw new Problem(schemaProblems['change-over'], `Change ${change} takes no more values.`)
    const taken = (await take(tx, schema, now, values)) + (await refuse(tx, schema, now, failures))
    const undone = await release(tx, schema, now, again)
    const all = [...values, ...failures].map(({ id: document }) => document)
    const mark = id('t', shadowNames(now.field, change).mark)
    await tx.query(sql`
      delete from ${id(schema, 'data_change_todo')} todo using ${id(schema, now.collection)} t
      where change = ${change}::bigint and document = any (${all}::uuid[]) and t.id = document and ${mark} is not null`)
    await updateChange(tx, schema, change, [
      sql`rows_done = greatest(0, least(coalesce(rows_total, 0), rows_done + ${taken}::bigint) - ${undone}::bigint)`,
      // A program is asked only then.
      ...(undone > 0 && isByClient(now) && now.phase === 'quarantined' ? [sql`phase = 'backfill'`] : []),
    ])
    return { taken, again: all.length - taken }
  })
}

function refuseOthers(change: OnlineChange): void {
  if (isByClient(change)) return
  throw new Problem(schemaProblems['change-over'], `Change ${change.id} is computed by the server itself.`)
}

/** Takes documents out of the quarantine, to be done like any other. Answers how many of them it held. */
async function release(
  tx: Tx,
  schema: string,
  { id: change, collection, field }: OnlineChange,
  documents: readonly string[],
): Promise<number> {
  if (documents.length === 0) return 0
  const mark = id(shadowNames(field!, change).mark)
  await tx.query(sql`select set_config(${modeSetting}, ${`${change} touch`}, true)`)
  const rows = await tx.query(sql`
    update ${id(schema, collection)} set ${mark} = null
    where id = any (${documents}::uuid[]) and ${mark} = ${marks.failed}::smallint returning id`)
  return rows.length
}

async function take(
  tx: Tx,
  schema: string,
  { id: change, collection, field, step }: OnlineChange,
  values: NonNullable<ClientAnswers['values']>,
): Promise<number> {
  if (values.length === 0 || step.kind !== 'change-field') return 0
  const { next } = shadowNames(field!, change)
  await tx.query(sql`select set_config(${modeSetting}, ${`${change} give`}, true)`)
  try {
    const rows = await tx.query(sql`
      update ${id(schema, collection)} t set ${id(next)} = ${raw(readJson(step.after, `(v.given -> 'value')`))}
      from (select given from jsonb_array_elements(${JSON.stringify(values)}::jsonb) given) v
      where t.id = (v.given ->> 'id')::uuid and (v.given ->> 'version' is null or t.xmin::text = v.given ->> 'version')
      returning t.id`)
    return rows.length
  } catch (error) {
    const code = toPgError(error)?.code ?? ''
    if (!code.startsWith('22')) throw error
    throw new Problem(
      dataProblems['invalid-document'],
      `A value for ${collection}.${field} cannot be read as ${step.after.type}.`,
      { hint: 'Nothing of the batch was taken. Send what has no value among the failures.', cause: error },
    )
  }
}

async function refuse(
  tx: Tx,
  schema: string,
  { id: change, collection, field }: OnlineChange,
  failures: NonNullable<ClientAnswers['failures']>,
): Promise<number> {
  if (failures.length === 0) return 0
  const { next, mark } = shadowNames(field!, change)
  await tx.query(sql`select set_config(${modeSetting}, ${`${change} fail`}, true)`)
  const rows = await tx.query<{ id: string }>(sql`
    with failed as (
      update ${id(schema, collection)} t set ${id(next)} = null, ${id(mark)} = ${marks.failed}::smallint
      from (select given from jsonb_array_elements(${JSON.stringify(failures)}::jsonb) given) v
      where t.id = (v.given ->> 'id')::uuid and (v.given ->> 'version' is null or t.xmin::text = v.given ->> 'version')
      returning t.id, left(t.${id(field!)}::text, 1000) as value, v.given ->> 'message' as message)
    insert into ${id(schema, 'data_change_quarantine')} select ${change}::bigint, id, value, message from failed
    on conflict (change, document) do update set value = excluded.value, message = excluded.message returning document as id`)
  return rows.length
}
