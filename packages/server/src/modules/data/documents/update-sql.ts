import { always, and, type Bound } from '@cloudbox/policy/bind'
import { id, join, raw, sql, type Sql } from '../../../kernel/sql.ts'
import { extraColumn, type Collection } from '../collection.ts'
import { allColumns, answerSql, columnList, typedColumns, type Representation } from './changed-sql.ts'
import type { IncomingDocument } from './check-document.ts'
import { computedSql, splitPolicy } from './next-row.ts'
import { operatorSql } from './operator-sql.ts'
import { predicateSql } from './predicate-sql.ts'
import { table } from './to-sql.ts'

export interface Update {
  readonly change: IncomingDocument
  readonly collection: Collection
  readonly policy: Bound
  /** Which documents. */
  readonly filter?: Bound
  /** The same in SQL over `d`. */
  readonly conditions?: readonly Sql[] | undefined
  readonly representation: Representation | undefined
}

/**
 * Changes the documents that match and that the policy's stored part lets through. When what one would become is
 * refused, `denied` is not null and nothing was written.
 */
export function updateSql({
  change,
  collection,
  policy,
  filter = always,
  conditions = [],
  representation,
}: Update): Sql {
  const { stored, becoming } = splitPolicy(policy)
  const columns = [...change.values.keys()].sort()
  const hasExtra = Object.keys(change.extra).length > 0 || change.removed.length > 0
  const source = sourceSql(change, columns, hasExtra, collection)
  const matches = join([predicateSql(and(stored, filter), { doc: 'd' }), ...conditions], ' and ')
  const becomesSql = (row: string, column: string) => nextValueSql(change, collection, row, column)
  const returning = (row: string) => columnList(allColumns(collection), row)
  const set = join([
    ...columns.map(column => sql`${id(column)} = ${becomesSql('d', column)}`),
    ...(hasExtra ? [sql`${id(extraColumn)} = ${extraSql('d', change)}`] : []),
  ])

  if (columns.length === 0 && !hasExtra) {
    return sql`with "changed" as (select ${returning('d')} from ${table(collection)} d where ${matches}) ${answerSql(representation)}`
  }
  if (becoming === undefined) {
    return sql`with "changed" as (update ${table(collection)} as d set ${set} from ${source} where ${matches} returning ${returning('d')}) ${answerSql(representation)}`
  }
  const next = join(
    allColumns(collection)
      .filter(column => !collection.fields.get(column)?.computed)
      .map(column => {
        if (columns.includes(column)) return sql`${becomesSql('d', column)} as ${id(column)}`
        if (column === extraColumn && hasExtra) return sql`${extraSql('d', change)} as ${id(column)}`
        return column === 'updated_at' ? raw('now() as "updated_at"') : sql`d.${id(column)}`
      }),
  )
  const computed = computedSql(becoming, collection)
  const whole = sql`select ${next} from "stored" d, ${source}`
  const becomes = computed.length === 0 ? whole : sql`select w.*, ${join(computed)} from (${whole}) w`
  return sql`with "stored" as materialized (select ${returning('d')} from ${table(collection)} d where ${matches} for update), "denied" as materialized (select 0 as "#" from "stored" d join (${becomes}) n on n."id" = d."id" where (${predicateSql(becoming, { doc: 'd', next: 'n' })}) is not true limit 1), "changed" as (update ${table(collection)} as d set ${set} from ${source}, "stored" s where s."id" = d."id" and not exists (select from "denied") returning ${returning('d')}) ${answerSql(representation, { denied: raw('(select "#" from "denied")') })}`
}

/** What a column becomes: the new value, or what its operator makes of it and the old one. */
function nextValueSql(
  { operators }: IncomingDocument,
  collection: Collection,
  row: string,
  column: string,
): Sql {
  const value = sql`v.${id(column)}`
  const operator = operators?.get(column)
  if (operator === undefined) return value
  return operatorSql(operator, collection.fields.get(column)!, sql`${raw(row)}.${id(column)}`, value)
}

/** The new values as one row `v`; a row without columns when only unknown fields change. */
function sourceSql(
  { values }: IncomingDocument,
  columns: readonly string[],
  hasExtra: boolean,
  collection: Collection,
): Sql {
  if (columns.length === 0 && hasExtra) return raw('(select) v')
  return sql`jsonb_to_record(${JSON.stringify(Object.fromEntries(values))}::jsonb) as v(${typedColumns(columns, collection)})`
}

function extraSql(row: string, { extra, removed }: IncomingDocument): Sql {
  const merged = sql`(${raw(row)}.${id(extraColumn)} || ${JSON.stringify(extra)}::jsonb)`
  return removed.length === 0 ? merged : sql`(${merged} - ${[...removed]}::text[])`
}

/** Deletes the documents that match and that the policy lets through. */
export function deleteSql(
  collection: Collection,
  predicate: Bound,
  representation: Representation | undefined,
  /** More of it in SQL over `d`. */
  conditions: readonly Sql[] = [],
): Sql {
  const where = join([predicateSql(predicate, { doc: 'd' }), ...conditions], ' and ')
  return sql`with "changed" as (delete from ${table(collection)} as d where ${where} returning ${columnList(allColumns(collection), 'd')}) ${answerSql(representation)}`
}
