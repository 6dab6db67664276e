import type { PersonalKind, UsageAudit } from '@cloudbox/protocol/usage'
import type { Database } from '../../../kernel/db.ts'
import { id, join, sql, type Sql } from '../../../kernel/sql.ts'
import { findInBytes, findInText, type Finding } from './find-personal.ts'

/** Modules that store what was observed; their tables begin with their names. */
const words = ['usage', 'monitoring']
const schema = 'cloudbox'
/** Pages of a table whose rows are measured at once, of 8 kB each. */
const pagesAtOnce = 128
/** What is read at once. Pages say nothing of it: long values lie beside them. */
const rowsAtOnce = 1000
const bytesAtOnce = 1_000_000

interface Column {
  readonly name: string
  readonly isBytes: boolean
}

type Found = UsageAudit['found'][number]

/**
 * Looks at everything that is stored of what was observed, whichever columns there are, for addresses of mails and machines.
 *
 * @param leaveOut environments whose rows are not looked at
 */
export async function scan(db: Database, leaveOut: readonly string[]): Promise<UsageAudit> {
  const tables: { table: string; rows: number; columns: string[] }[] = []
  const found: Found[] = []
  for (const [table, columns] of await listTables(db)) {
    const findings = new Findings(table)
    const rows = await scanTable(db, table, columns, leaveOut, findings)
    tables.push({ table, rows, columns: columns.map(({ name }) => name) })
    found.push(...findings.all())
  }
  return { isClean: found.length === 0, tables, found }
}

async function listTables(db: Database): Promise<Map<string, Column[]>> {
  const rows = await db.query<{ table: string; column: string; isBytes: boolean }>(sql`
    select c.relname as table, a.attname as column, a.atttypid = 'bytea'::regtype as "isBytes"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where n.nspname = ${schema} and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
      and split_part(c.relname, '_', 1) = any (${words}::text[])
    order by c.relname, a.attnum`)
  const tables = new Map<string, Column[]>()
  for (const { table, column, isBytes } of rows)
    tables.set(table, [...(tables.get(table) ?? []), { name: column, isBytes }])
  return tables
}

/** @returns how many rows there were */
async function scanTable(
  db: Database,
  table: string,
  columns: readonly Column[],
  leaveOut: readonly string[],
  findings: Findings,
): Promise<number> {
  const texts = columns.map(({ name, isBytes }, i) => {
    const text = isBytes ? sql`encode(${id(name)}, 'base64')` : sql`${id(name)}::text`
    return sql`${text} as ${id(`c${i}`)}`
  })
  const isPlaced = columns.some(column => column.name === 'environment_id')
  const onlyThose = isPlaced
    ? sql`and (environment_id is null or environment_id <> all (${leaveOut}::uuid[]))`
    : sql``
  let rows = 0
  for await (const { from, to } of slicesOf(db, table, columns, onlyThose)) {
    const read = await db.query<Record<string, string | null>>(sql`
      select ${join(texts)} from ${id(schema, table)} where ctid between ${from}::tid and ${to}::tid ${onlyThose}`)
    rows += read.length
    for (const row of read)
      columns.forEach(({ name, isBytes }, i) => {
        const text = row[`c${i}`]
        if (text === null || text === undefined) return
        findings.add(name, isBytes ? findInBytes(Buffer.from(text, 'base64')) : findInText(text))
      })
  }
  return rows
}

/** A table in parts of which each can be read at once: its first row and its last one. */
async function* slicesOf(
  db: Database,
  table: string,
  columns: readonly Column[],
  onlyThose: Sql,
): AsyncGenerator<{ readonly from: string; readonly to: string }> {
  const [size] = await db.query<{ pages: number }>(sql`
    select (pg_relation_size(${`${schema}.${table}`}::regclass) / current_setting('block_size')::int)::int as pages`)
  // For bytes and texts Postgres knows it without reading them.
  const lengths = columns.map(({ name, isBytes }) =>
    isBytes ? sql`coalesce(octet_length(${id(name)}), 0)` : sql`coalesce(octet_length(${id(name)}::text), 0)`,
  )
  for (let page = 0; page < size!.pages; page += pagesAtOnce) {
    const rows = await db.query<{ place: string; bytes: number }>(sql`
      select ctid::text as place, (${join(lengths, ' + ')})::float8 as bytes from ${id(schema, table)}
      where ctid >= ${`(${page},0)`}::tid and ctid < ${`(${page + pagesAtOnce},0)`}::tid ${onlyThose}
      order by ctid`)
    let first = 0
    let bytes = 0
    for (const [i, row] of rows.entries()) {
      if (i > first && (i - first === rowsAtOnce || bytes + row.bytes > bytesAtOnce)) {
        yield { from: rows[first]!.place, to: rows[i - 1]!.place }
        first = i
        bytes = 0
      }
      bytes += row.bytes
    }
    if (first < rows.length) yield { from: rows[first]!.place, to: rows.at(-1)!.place }
  }
}

/** What was found in a table, by column and kind. */
class Findings {
  readonly #table: string
  readonly #found = new Map<string, Found>()

  constructor(table: string) {
    this.#table = table
  }

  /** Of one row. */
  add(column: string, findings: readonly Finding[]): void {
    const told = new Set<PersonalKind>()
    for (const { kind, sample } of findings) {
      if (told.has(kind)) continue
      told.add(kind)
      const key = `${column} ${kind}`
      const known = this.#found.get(key)
      if (known === undefined) this.#found.set(key, { table: this.#table, column, kind, sample, rows: 1 })
      else known.rows++
    }
  }

  all(): readonly Found[] {
    return [...this.#found.values()]
  }
}
