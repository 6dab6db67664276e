import type { NowReply } from '@cloudbox/protocol/monitoring'
import type { Environment } from '../../../kernel/caller.ts'
import type { Queryable } from '../../../kernel/db.ts'
import { publicationName } from '../../../kernel/stream/slot.ts'
import { sql } from '../../../kernel/sql.ts'

/** Bytes of log that Postgres keeps for the change stream of this database; null where there is none. */
export async function readSlotLag(db: Queryable): Promise<number | null> {
  const [row] = await db.query<{ bytes: number | null }>(sql`
    select max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn))::float8 as bytes from pg_replication_slots
    where database = current_database() and starts_with(slot_name, ${`${publicationName}_`})`)
  return row!.bytes
}

/** Size of the tables and indexes of environments, bytes, by their ids. */
export async function readStorage(
  db: Queryable,
  environments: readonly Environment[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await db.query<{ schema: string; bytes: number }>(sql`
    select n.nspname as schema, sum(pg_total_relation_size(c.oid))::float8 as bytes
    from pg_namespace n join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'm')
    where n.nspname = any (${environments.map(({ schema }) => schema)}::text[]) group by 1`)
  const bySchema = new Map(rows.map(({ schema, bytes }) => [schema, bytes]))
  return new Map(environments.map(({ id, schema }) => [id, bySchema.get(schema) ?? 0]))
}

/** How the database is, now. */
export async function readDatabase(db: Queryable): Promise<NowReply['database']> {
  const [row] = await db.query<Omit<NowReply['database'], 'slotLag'>>(sql`
    select current_setting('server_version') as version, current_setting('max_connections')::int as "maxConnections",
      (select count(*)::int from pg_stat_activity where datname = current_database()) as connections,
      pg_database_size(current_database())::float8 as size`)
  return { ...row!, slotLag: await readSlotLag(db) }
}
