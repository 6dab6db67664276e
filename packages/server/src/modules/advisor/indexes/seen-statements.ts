import type { Database } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'

/** A statement that was run on an environment's tables by the platform itself. */
export interface SeenStatement extends Record<string, unknown> {
  readonly query: string
  readonly calls: number
  readonly meanMs: number
  readonly totalMs: number
}

export interface SeenStatements {
  readonly statements: readonly SeenStatement[]
  readonly since: string | undefined
}

/** Those that cost most; the rest is not worth an index. */
const maxStatements = 60

/**
 * What pg_stat_statements knows of an environment; undefined where this Postgres does not count statements. Only what the
 * platform itself has sent: planning a stranger's statement could call his functions with our rights.
 */
export async function seenStatements(db: Database, schema: string): Promise<SeenStatements | undefined> {
  const home = await extensionSchema(db)
  if (home === undefined) return undefined
  const counted = id(home, 'pg_stat_statements')
  const statements = await db.query<SeenStatement>(sql`
    select query, calls::float8 as calls, mean_exec_time as "meanMs", total_exec_time as "totalMs" from ${counted}
    where dbid = (select oid from pg_database where datname = current_database())
      and userid = (select oid from pg_roles where rolname = current_user)
      and strpos(query, ${`"${schema}".`}) > 0 and query ~* '^\\s*(select|with|update|delete)'
      and strpos(query, '$') > 0
    order by total_exec_time desc limit ${maxStatements}`)
  const [reset] = await db.query<{ since: string }>(sql`
    select to_char(stats_reset at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as since
    from ${id(home, 'pg_stat_statements_info')}`)
  return { statements, since: reset?.since }
}

/** Where the extension lives. It is installed where that is possible and not done yet. */
async function extensionSchema(db: Database): Promise<string | undefined> {
  const find = () =>
    db.query<{ schema: string }>(sql`
      select nspname as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
      where extname = 'pg_stat_statements' and current_setting('pg_stat_statements.track', true) is not null`)
  const [known] = await find()
  if (known !== undefined) return known.schema
  const [loaded] = await db.query(sql`
    select from pg_settings where name = 'shared_preload_libraries' and strpos(setting, 'pg_stat_statements') > 0`)
  if (loaded === undefined) return undefined
  try {
    await db.query(sql`create extension if not exists pg_stat_statements with schema cloudbox`)
  } catch {
    // Not ours to install.
    return undefined
  }
  return (await find())[0]?.schema
}
