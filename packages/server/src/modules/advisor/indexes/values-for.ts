import type { Database } from '../../../kernel/db.ts'
import { id, join, literal, raw, sql, type Sql } from '../../../kernel/sql.ts'
import { sampledColumns } from '../plans/sampled-columns.ts'

/** Rows a page has, for limits and whatever else is a number. */
const pageRows = '21'

/**
 * Values for a prepared statement, as `(…)`: what is compared with a column gets a value that occurs there, the rest
 * something of its type.
 *
 * @param number of the prepared statement `advised_…`
 */
export async function valuesFor(
  db: Database,
  query: string,
  tables: readonly string[],
  number: number,
): Promise<Sql> {
  const [{ types } = { types: '[]' }] = await db.query<{ types: string }>(sql`
    select array_to_json(parameter_types::text[])::text as types from pg_prepared_statements
    where name = ${`advised_${number}`}`)
  const wanted = JSON.parse(types) as string[]
  if (wanted.length === 0) return raw('')
  const values: (string | null)[] = wanted.map(type =>
    /int|numeric|double|real/.test(type) ? pageRows : type === 'text' ? ',' : null,
  )
  for (const { parameter, column, use } of sampledColumns(query)) {
    const value = await sampleOf(db, tables, column)
    if (value === undefined) continue
    const middle = value.slice(Math.floor(value.length / 4), Math.floor(value.length / 4) + 6)
    values[parameter - 1] =
      use === 'pattern' ? `%${middle}%` : use === 'list' ? `{${JSON.stringify(value)}}` : value
  }
  return sql`(${join(
    values.map((value, i) => sql`${value === null ? raw('null') : literal(value)}::${raw(wanted[i]!)}`),
  )})`
}

/** A value from the middle of the first table that has such a column. */
async function sampleOf(
  db: Database,
  tables: readonly string[],
  column: string,
): Promise<string | undefined> {
  for (const table of tables) {
    const [known] = await db.query(sql`
      select from pg_attribute where attrelid = ${id('pg_temp', table).parts[0]!}::text::regclass
        and attname = ${column} and attnum > 0 and not attisdropped`)
    if (known === undefined) continue
    const name = id(column)
    const [row] = await db.query<{ value: string }>(sql`
      select ${name}::text as value from ${id('pg_temp', table)} where ${name} is not null
      order by id offset (select count(*) / 2 from ${id('pg_temp', table)} where ${name} is not null) limit 1`)
    return row?.value
  }
  return undefined
}
