import { isNever, type Bound } from '@cloudbox/policy/bind'
import { join, id, raw, sql, type Sql } from '../../../kernel/sql.ts'
import { sqlTypeOf } from '../collections/field-types.ts'
import { extraColumn, type Collection } from '../collection.ts'
import { predicateSql } from './predicate-sql.ts'
import type { Shape } from './plan.ts'
import { documentSql } from './row-json.ts'
import { conditions, innerConditions, outputsSql } from './to-sql.ts'

/** The one row a writing statement gives. */
export interface WriteRow extends Record<string, unknown> {
  /** Top-level transaction id, as digits. */
  readonly commit: string
  readonly changed: number
  /** What the caller may see of it, as JSON text without brackets. */
  readonly documents: string
  /** Number of the first incoming row a policy refuses; null when none is. */
  readonly denied: number | null
}

/** What is answered about changed documents: nothing, or those the caller may read. */
export interface Representation {
  readonly shape: Shape
  readonly visible: Bound
}

/** Every column of a collection's table. */
export function allColumns(collection: Collection): string[] {
  const columns = [...collection.fields.values()].map(field => field.column)
  return collection.flexible ? [...columns, extraColumn] : columns
}

/** A list of columns, of a row when one is named. */
export function columnList(columns: readonly string[], row?: string): Sql {
  return join(columns.map(column => (row === undefined ? id(column) : sql`${raw(row)}.${id(column)}`)))
}

/** Columns with their types, for `jsonb_to_recordset`. */
export function typedColumns(columns: readonly string[], collection: Collection): Sql {
  const types = new Map([...collection.fields.values()].map(field => [field.column, sqlTypeOf(field)]))
  return join(columns.map(column => sql`${id(column)} ${raw(types.get(column) ?? 'jsonb')}`))
}

/**
 * The end of every writing statement: reads the table expression `changed`. `denied` is SQL for the number of a
 * refused row, `places` a query for the `"#"` and `id` of each, which are answered in that order.
 */
export function answerSql(
  representation: Representation | undefined,
  { denied = raw('null::int'), places }: { denied?: Sql; places?: Sql } = {},
): Sql {
  const counts = sql`pg_current_xact_id()::text as "commit", (select count(*)::int from "changed") as "changed", ${denied} as "denied"`
  if (representation === undefined || isNever(representation.visible))
    return sql`select ${counts}, '' as "documents"`
  const { shape, visible } = representation
  const placed = places === undefined ? raw('') : sql` join (${places}) o on o."id" = d."id"`
  const order = raw(places === undefined ? 'd."id"' : 'o."#"')
  const where = conditions([predicateSql(visible, { doc: 'd' }), ...innerConditions(shape, 'd')])
  return sql`select ${counts}, (select coalesce(string_agg(${documentSql('d', 'r', shape.withExtra)}::text, ',' order by ${order}), '') from "changed" d${placed} cross join lateral (select ${outputsSql(shape, 'd')}) r where ${where}) as "documents"`
}
