import { id, join, raw, sql, type Sql } from '../../../kernel/sql.ts'
import type { PlannedOrder, ValuePath } from './plan.ts'

/** A value as Postgres compares and orders it. */
export function valueSql(row: string, { column, keys, asText }: ValuePath): Sql {
  let value = sql`${raw(row)}.${id(column)}`
  keys.forEach((key, i) => {
    const isText = asText && i === keys.length - 1
    if (typeof key === 'string') value = sql`(${value} ${raw(isText ? '->>' : '->')} ${key}::text)`
    // '"x"'::jsonb -> 0 would answer the text itself.
    else
      value = isText
        ? sql`(cb.json_item(${value}, ${key}::int) #>> '{}')`
        : sql`cb.json_item(${value}, ${key}::int)`
  })
  return value
}

/** The same, as another type if one is asked for. */
export function castSql(row: string, path: ValuePath, cast: string | undefined): Sql {
  if (cast === undefined) return valueSql(row, path)
  // Inside JSON a cast means the text of the value: '"5"' is no number, 5 is.
  const value =
    path.keys.length > 0 && cast !== 'jsonb' ? valueSql(row, { ...path, asText: true }) : valueSql(row, path)
  return sql`(${value})::${raw(cast)}`
}

export function orderSql(order: readonly PlannedOrder[], row: string): Sql {
  return join(
    order.map(({ path, direction, nulls, mayBeNull }) => {
      // Postgres' own place of nulls is left unsaid, and so is any where there are none, so that plain indexes serve.
      const isOwn = !mayBeNull || (direction === 'asc') === (nulls === 'last')
      return sql`${valueSql(row, path)}${raw(direction === 'desc' ? ' desc' : '')}${raw(isOwn ? '' : ` nulls ${nulls}`)}`
    }),
  )
}
