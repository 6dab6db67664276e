import { isAlways } from '@cloudbox/policy/bind'
import { id, join, raw, sql, type Sql } from '../../../kernel/sql.ts'
import type { GroupColumn, Grouping } from './plan.ts'
import { predicateSql } from './predicate-sql.ts'
import { fieldSql } from './row-json.ts'
import { castSql, orderSql } from './value-sql.ts'

/** All groups of the documents of `from`, seen as `row`, as plain values under their names. */
export function groupsSql({ columns, having }: Grouping, row: string, from: Sql): Sql {
  const values = join(columns.map(column => sql`${columnSql(column, row)} as ${id(column.field.column)}`))
  // By place: a value bound twice would not be the same expression to Postgres.
  const places = columns.flatMap(({ aggregate }, i) => (aggregate === undefined ? [raw(String(i + 1))] : []))
  const by = places.length === 0 ? raw('') : sql` group by ${join(places)}`
  const groups = sql`select ${values} from ${from}${by}`
  if (isAlways(having)) return groups
  return sql`select * from (${groups}) g where ${predicateSql(having, { doc: 'g' })}`
}

/** The first groups as rows of one column `j`, their JSON. */
export function groupRowsSql({ columns, order }: Grouping, groups: Sql, rows: Sql): Sql {
  const shaped = join(columns.map(({ field }) => sql`${fieldSql('g', field)} as ${id(field.name)}`))
  const ordered = order.length === 0 ? raw('') : sql` order by ${orderSql(order, 'g')}`
  return sql`select row_to_json(r) as "j" from (select * from ${groups} g${ordered} limit ${rows}) g cross join lateral (select ${shaped}) r`
}

function columnSql({ value, aggregate, resultCast }: GroupColumn, row: string): Sql {
  const whole = value === undefined ? raw('*') : castSql(row, value.path, value.cast)
  if (aggregate === undefined) return whole
  const result = sql`${raw(aggregate)}(${whole})`
  if (resultCast !== undefined) return sql`${result}::${raw(resultCast)}`
  // Postgres gives the average of integers as an exact decimal, which would be text in JSON.
  return aggregate === 'avg' ? sql`${result}::${raw(averageType(value!))}` : result
}

function averageType({ path, cast }: NonNullable<GroupColumn['value']>): string {
  const isDecimal = cast === undefined ? path.field?.type === 'decimal' : cast === 'numeric'
  return isDecimal ? 'numeric' : 'double precision'
}
