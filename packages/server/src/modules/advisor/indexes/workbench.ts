import type { IndexDefinition } from '@cloudbox/protocol/collection'
import { openDatabase, type Database } from '../../../kernel/db.ts'
import type { Log } from '../../../kernel/log.ts'
import { id, raw, sql, type Sql } from '../../../kernel/sql.ts'
import { readExecutionMs, readPlan, type PlanNode } from '../plans/plan-node.ts'
import { copyTable } from './copy-table.ts'
import { valuesFor } from './values-for.ts'

/** Copies of some tables, seen by nobody else, on which indexes are made and unmade. */
export interface Workbench {
  /** A statement, ready to be planned again and again. Undefined where it cannot be tried. */
  prepare(query: string): Promise<Trial | undefined>
  /** Does something while some indexes are there. */
  withIndexes<T>(table: string, indexes: readonly IndexDefinition[], work: () => Promise<T>): Promise<T>
}

/** A statement with values that occur. */
export interface Trial {
  plan(): Promise<PlanNode>
  /** Runs it; how long that took. */
  run(): Promise<number>
}

interface Place {
  readonly schema: string
  readonly tables: readonly string[]
  /** The column of a field of a table. */
  readonly columnOf: (table: string, field: string) => string
}

/**
 * Copies tables of a schema into temporary ones, with a part of their rows, and does something there. They are gone with
 * their connection, whatever ends it; the tables themselves are only read.
 */
export async function atWorkbench<T>(
  { db, log }: { readonly db: Database; readonly log: Log },
  { schema, tables, columnOf }: Place,
  work: (bench: Workbench) => Promise<T>,
): Promise<T> {
  const alone = await openDatabase(db.connection, {
    log,
    poolSize: 1,
    statementTimeoutMs: 60_000,
    applicationName: 'cloudbox advisor',
  })
  let prepared = 0
  try {
    await alone.query(sql`set plan_cache_mode = force_custom_plan`)
    for (const table of tables) await copyTable(alone, schema, table)
    const trigram = await trigramSchema(alone)
    return await work({
      async prepare(query) {
        const name = raw(`advised_${prepared++}`)
        let text = query
        for (const table of tables)
          text = text.replaceAll(id(schema, table).parts[0]!, id('pg_temp', table).parts[0]!)
        try {
          await alone.query(sql`prepare ${name} as ${raw(text)}`)
          const call = sql`execute ${name}${await valuesFor(alone, query, tables, prepared - 1)}`
          const explain = async (how: Sql) => {
            const [row] = await alone.query<{ 'QUERY PLAN': string }>(
              sql`explain (${how}format json) ${call}`,
            )
            return row!['QUERY PLAN']
          }
          await explain(raw(''))
          return {
            plan: async () => readPlan(await explain(raw(''))),
            run: async () => readExecutionMs(await explain(raw('analyze, timing off, '))),
          }
        } catch (error) {
          log.debug('advisor.not-tried', { message: String(error) })
          // Values were made up: one it does not take, or a table it needs is not here.
          return undefined
        }
      },
      async withIndexes(table, indexes, inside) {
        const made: Sql[] = []
        try {
          for (const { fields, kind } of indexes) {
            if (kind === 'trigram' && trigram === undefined) continue
            const operators = kind === 'trigram' ? sql` ${id(trigram!, 'gin_trgm_ops')}` : raw('')
            const columns = fields.map(entry => {
              const column = id(columnOf(table, entry.replace(/^-/, '')))
              return sql`${column}${operators}${raw(entry.startsWith('-') ? ' desc' : '')}`
            })
            const method = kind === 'trigram' ? 'gin' : (kind ?? 'btree')
            const name = `advised_index_${made.length}`
            const list = columns.slice(1).reduce((all, one) => sql`${all}, ${one}`, columns[0]!)
            await alone.query(
              sql`create index ${id(name)} on ${id('pg_temp', table)} using ${raw(method)} (${list})`,
            )
            made.push(id('pg_temp', name))
          }
          return await inside()
        } finally {
          for (const name of made) await alone.query(sql`drop index ${name}`)
        }
      },
    })
  } finally {
    await alone.close()
  }
}

/** Where trigram indexes have their operators; like the first such index of a collection, a trial installs them. */
async function trigramSchema(db: Database): Promise<string | undefined> {
  await db.query(sql`create extension if not exists pg_trgm with schema public`).catch(() => undefined)
  const [row] = await db.query<{ schema: string }>(sql`
    select nspname as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where extname = 'pg_trgm'`)
  return row?.schema
}
