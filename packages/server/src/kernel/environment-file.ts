import { platformProblems } from '@cloudbox/protocol/platform'
import type { Environment } from './caller.ts'
import { openCursor } from './cursor.ts'
import type { Database, Queryable, Tx } from './db.ts'
import { toPgError } from './pg-problem.ts'
import { Problem } from './problem.ts'
import { id, join, raw, sql, toStatement } from './sql.ts'

/** A module's part in files that hold an environment. Modules that are needed come first. */
export interface EnvironmentFilePart {
  /** What rows are not: plain JSON that any server of the same migrations understands. */
  head(db: Queryable, environment: Environment): Promise<unknown>
  /** Tables whose rows go with a head. It comes from a file: nothing of it is sure. */
  tables(head: unknown): readonly string[]
  /** Those whose rows point to rows of modules that come later. */
  laterTables?(head: unknown): readonly string[]
  /** Makes what rows are loaded into. The environment is migrated and empty. @throws Problem for a head that is none */
  begin?(tx: Tx, environment: Environment, head: unknown): Promise<void>
  /** All rows are there. */
  finish?(tx: Tx, environment: Environment, head: unknown): Promise<void>
}

export type NamedParts = readonly (readonly [module: string, part: EnvironmentFilePart])[]

/** The heads of all parts, by module, as a file holds them. */
export type Heads = Readonly<Record<string, unknown>>

/** The rows of a table as texts, for Postgres to read again: nothing is lost, whatever the type. */
export interface TableOfRows {
  readonly name: string
  readonly columns: readonly string[]
}

export async function headsOf(
  db: Queryable,
  parts: NamedParts,
  environment: Environment,
): Promise<Record<string, unknown>> {
  const heads: Record<string, unknown> = {}
  for (const [name, part] of parts) heads[name] = await part.head(db, environment)
  return heads
}

/** All tables of a file, in the order their rows are loaded. */
export function tablesOf(parts: NamedParts, heads: Heads): string[] {
  return [
    ...parts.flatMap(([name, part]) => part.tables(heads[name])),
    ...parts.flatMap(([name, part]) => part.laterTables?.(heads[name]) ?? []),
  ]
}

/** The columns of a table that are written, those of its key, and their types; undefined when there is no such table. */
async function describeTable(db: Queryable, schema: string, name: string) {
  const columns = await db.query<{ name: string; type: string; isKey: boolean }>(sql`
    select attname as name, format_type(atttypid, atttypmod) as type,
      coalesce(attnum = any(i.indkey), false) as "isKey"
    from pg_attribute a
    left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
    where attrelid = to_regclass(${id(schema, name).parts[0]!}) and attnum > 0 and not attisdropped
      and attgenerated = '' order by attnum`)
  // A number that a table counts itself says nothing elsewhere; the order it gives is kept.
  const counted = await db.query<{ name: string }>(sql`
    select attname as name from pg_attribute
    where attrelid = to_regclass(${id(schema, name).parts[0]!}) and attidentity <> ''`)
  const own = new Set(counted.map(column => column.name))
  return {
    written: columns.filter(column => !own.has(column.name)),
    key: columns.filter(({ isKey }) => isKey).map(column => column.name),
  }
}

/** What a table of the environment has, read in batches of one moment: its columns first, then each row as JSON. */
export async function readTable(
  db: Database,
  { schema }: Environment,
  name: string,
  timeoutMs: number,
): Promise<{
  readonly table: TableOfRows
  readonly rows: AsyncIterableIterator<readonly string[]>
}> {
  const { written, key } = await describeTable(db, schema, name)
  const texts = join(written.map(column => sql`${id(column.name)}::text`))
  const order = key.length === 0 ? sql`` : sql`order by ${join(key.map(column => id(column)))}`
  const statement = toStatement(
    sql`select json_build_array(${texts})::text as j from ${id(schema, name)} ${order}`,
  )
  return {
    table: { name, columns: written.map(column => column.name) },
    rows: openCursor(db, statement, { timeoutMs }),
  }
}

/**
 * Writes rows of a file into a table.
 * @throws Problem `platform/invalid-snapshot` when they are none of it
 */
export async function loadRows(
  tx: Tx,
  { schema }: Environment,
  { name, columns }: TableOfRows,
  rows: readonly (readonly (string | null)[])[],
): Promise<void> {
  const { written } = await describeTable(tx, schema, name)
  const types = new Map(written.map(column => [column.name, column.type]))
  const unknown = columns.find(column => !types.has(column))
  if (unknown !== undefined || new Set(columns).size !== columns.length)
    throw invalidSnapshot(`${name} has no field ${unknown ?? columns.join()}, or has it twice.`)
  const odd = rows.findIndex(row => row.length !== columns.length)
  if (odd !== -1)
    throw invalidSnapshot(`A row of ${name} has ${rows[odd]!.length} values for ${columns.length} fields.`)
  if (rows.length === 0) return
  const values = columns.map((column, i) => sql`(r ->> ${raw(String(i))})::${raw(types.get(column)!)}`)
  await refusingMisfits(name, () =>
    tx.query(sql`
      insert into ${id(schema, name)} (${join(columns.map(column => id(column)))})
      select ${join(values)} from json_array_elements(${JSON.stringify(rows)}::json) r`),
  )
}

/** What Postgres will not take of a file is the file's fault: values, keys that point nowhere, what is there twice. */
export async function refusingMisfits<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const pg = toPgError(error)
    if (pg === undefined || !/^(22|23|42)/.test(pg.code)) throw error
    throw invalidSnapshot(
      `What it holds for ${pg.table ?? what} does not fit (${pg.constraint ?? pg.code}).`,
      error,
    )
  }
}

export function invalidSnapshot(why: string, cause?: unknown): Problem {
  return new Problem(platformProblems['invalid-snapshot'], why, {
    hint: 'Nothing was changed. Share the snapshot again and restore the new file.',
    ...(cause === undefined ? {} : { cause }),
  })
}
