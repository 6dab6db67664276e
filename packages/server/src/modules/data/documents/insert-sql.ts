import { isAlways, type Bound } from '@cloudbox/policy/bind'
import { id, join, raw, sql, type Sql } from '../../../kernel/sql.ts'
import { sqlTypeOf } from '../collections/field-types.ts'
import { extraColumn, type Collection, type Field } from '../collection.ts'
import { answerSql, allColumns, columnList, typedColumns, type Representation } from './changed-sql.ts'
import type { IncomingDocument } from './check-document.ts'
import { computedSql } from './next-row.ts'
import { predicateSql } from './predicate-sql.ts'
import { table } from './to-sql.ts'

/** Number of an incoming row; no field can have such a name. */
export const rowNumber = '#'
/** Columns the incoming row gives a value, for an upsert. */
export const givenColumns = '#given'

export interface Insert {
  readonly documents: readonly IncomingDocument[]
  readonly collection: Collection
  readonly policy: Bound
  readonly representation: Representation | undefined
  /** Documents that share the value of this unique field with one that is there are left out. */
  readonly ignoring?: Field | undefined
}

/** Where an upsert finds what it removes from a list; no field can have such a name. */
export const removedColumn = (column: string): string => `#-${column}`

/** Inserts all documents or none: `denied` names the first one the policy refuses, and then nothing was written. */
export function insertSql({ documents, collection, policy, representation, ignoring }: Insert): Sql {
  const ignored = ignoring === undefined ? raw('') : sql` on conflict (${id(ignoring.column)}) do nothing`
  const columns = writtenColumns(documents)
  const input = inputSql(documents, columns, collection)
  const places = raw('select "id", "#" from "input"')
  const returning = columnList(allColumns(collection))
  if (isAlways(policy)) {
    return sql`with "input" as materialized (${input}), "changed" as (insert into ${table(collection)} (${columnList(columns)}) select ${columnList(columns)} from "input" order by "#"${ignored} returning ${returning}) ${answerSql(representation, { places })}`
  }
  return sql`with "input" as materialized (${input}), "denied" as materialized (${deniedSql(policy, columns, collection)}), "changed" as (insert into ${table(collection)} (${columnList(columns)}) select ${columnList(columns)} from "input" where not exists (select from "denied") order by "#"${ignored} returning ${returning}) ${answerSql(representation, { places, denied: raw('(select "#" from "denied")') })}`
}

/** The number of the first row of `input` that the policy does not allow as a new document. */
export function deniedSql(
  policy: Bound,
  columns: readonly string[],
  collection: Collection,
  where?: Sql,
): Sql {
  const narrowed = where === undefined ? raw('') : sql` where ${where}`
  return sql`select n."#" from (${newRowSql(policy, columns, collection)}${narrowed}) n where (${predicateSql(policy, { next: 'n' })}) is not true order by 1 limit 1`
}

/** The incoming rows as they would stand in the table: what nobody gave is null, what is computed is there. */
function newRowSql(policy: Bound, columns: readonly string[], collection: Collection): Sql {
  const types = [...collection.fields.values()]
  const missing = types
    .filter(field => !columns.includes(field.column) && !field.computed)
    .map(field => field.column)
  const made = missing.map(column =>
    column === 'created_at' || column === 'updated_at'
      ? sql`now() as ${columnList([column])}`
      : sql`(null::${raw(typeText(column, collection))}) as ${columnList([column])}`,
  )
  const extra =
    collection.flexible && !columns.includes(extraColumn)
      ? [sql`'{}'::jsonb as ${columnList([extraColumn])}`]
      : []
  const whole = sql`select i.*${join([raw(''), ...made, ...extra])} from "input" i`
  const computed = computedSql(policy, collection)
  if (computed.length === 0) return sql`select * from (${whole}) w`
  return sql`select *, ${join(computed)} from (${whole}) w`
}

function typeText(column: string, collection: Collection): string {
  const typed = typedColumns([column], collection).parts[0]!
  return typed.slice(typed.lastIndexOf('"') + 2)
}

/** Columns any of the documents gives a value. */
export function writtenColumns(documents: readonly IncomingDocument[]): string[] {
  const columns = new Set<string>()
  let hasExtra = false
  for (const { values, extra } of documents) {
    for (const column of values.keys()) columns.add(column)
    hasExtra ||= Object.keys(extra).length > 0
  }
  if (hasExtra) columns.add(extraColumn)
  // In one order, so that equal shapes give equal texts.
  return [...columns].sort()
}

/** The incoming documents as rows, from one bound value. */
export function inputSql(
  documents: readonly IncomingDocument[],
  columns: readonly string[],
  collection: Collection,
  /** The same documents without what was filled in, when the statement has to know. */
  given?: readonly IncomingDocument[],
): Sql {
  const hasExtra = columns.includes(extraColumn)
  const removing = new Set<string>()
  const rows = documents.map(({ values, extra }, i) => ({
    ...Object.fromEntries(values),
    ...(hasExtra ? { [extraColumn]: extra } : {}),
    [rowNumber]: i,
    ...(given === undefined ? {} : givenOf(given[i]!, removing)),
  }))
  const removed = [...removing].sort().map(name => {
    const type = raw(sqlTypeOf(collection.fields.get(name)!))
    return sql`, ${id(removedColumn(name))} ${type}`
  })
  const givenType = sql`${raw(given === undefined ? '' : ', "#given" text[]')}${join(removed, '')}`
  return sql`select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x("#" int${givenType}, ${typedColumns(columns, collection)})`
}

/** Which columns a document gives, with the operator behind the name; what is removed is a column of its own. */
function givenOf({ values, operators }: IncomingDocument, removing: Set<string>): Record<string, unknown> {
  if (operators === undefined) return { [givenColumns]: [...values.keys()] }
  const row: Record<string, unknown> = {
    [givenColumns]: [...values.keys()].map(column => column + (operators.get(column) ?? '')),
  }
  for (const [column, operator] of operators) {
    if (operator !== '$remove') continue
    row[removedColumn(column)] = values.get(column)
    removing.add(column)
  }
  return row
}
