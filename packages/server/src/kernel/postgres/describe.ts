import type { PostgresFacts } from '@cloudbox/protocol/server-facts'
import type { Queryable } from '../db.ts'
import { sql } from '../sql.ts'

/** Settings that make the same request behave otherwise, or that CloudBox stands on. */
const told = [
  'TimeZone',
  'DateStyle',
  'IntervalStyle',
  'default_text_search_config',
  'default_transaction_isolation',
  'max_connections',
  'max_replication_slots',
  'max_wal_senders',
  'shared_preload_libraries',
  'wal_level',
]

/** What a Postgres is, with its clock. */
export async function describePostgres(
  db: Queryable,
): Promise<{ readonly facts: PostgresFacts; readonly at: string }> {
  // Column names differ between versions; a row as JSON has those there are.
  const [row] = await db.query<{ described: string }>(sql`
    select json_build_object(
      'versionNum', current_setting('server_version_num')::int,
      'version', split_part(current_setting('server_version'), ' ', 1),
      'encoding', current_setting('server_encoding'),
      'database', (select to_jsonb(d) - 'datacl' from pg_database d where datname = current_database()),
      'settings', (select json_object_agg(name, setting) from pg_settings
        where name in (select json_array_elements_text(${JSON.stringify(told)}::json))),
      'extensions', (select coalesce(json_object_agg(extname, extversion), '{}') from pg_extension),
      'at', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    )::text as described`)
  const { versionNum, database, at, ...facts } = JSON.parse(row!.described) as Omit<
    PostgresFacts,
    'major' | 'collation'
  > & { versionNum: number; database: DatabaseRow; at: string }
  return { facts: { ...facts, major: Math.floor(versionNum / 10_000), collation: collationOf(database) }, at }
}

interface DatabaseRow {
  readonly datlocprovider?: string
  readonly datlocale?: string | null
  readonly daticulocale?: string | null
  readonly datcollate: string
}

const providers: Readonly<Record<string, string>> = { b: 'builtin', i: 'icu', c: 'libc' }

function collationOf({ datlocprovider = 'c', datlocale, daticulocale, datcollate }: DatabaseRow): string {
  return `${providers[datlocprovider] ?? datlocprovider} ${datlocale ?? daticulocale ?? datcollate}`
}
