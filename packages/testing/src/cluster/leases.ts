import { randomBytes } from 'node:crypto'
import { openDatabase, type Connection, type Database } from '@cloudbox/server/kernel/db'
import { dropDatabase } from '@cloudbox/server/kernel/postgres/template-database'
import { sql } from '@cloudbox/server/kernel/sql'
import { silentLog } from './silent-log.ts'

/** Before the id of a process in the name its connection shows, and before those of its databases. */
const connectionPrefix = 'cloudbox-testing '
const databasePrefix = 'box_'
/** An idle connection of the pool is closed after a minute, and the lease would end with it. */
const keepAliveMs = 20_000

/** The right to databases: it ends with the process, however that ends. */
export interface Lease {
  /** The process in the names of its databases. */
  readonly id: string
  /** Its only connection, to make and drop databases with. */
  readonly admin: Database
  close(): Promise<void>
}

/** Opens the connection that shows as long as this process lives. */
export async function openLease(maintenance: Connection): Promise<Lease> {
  const id = randomBytes(6).toString('hex')
  const admin = await openDatabase(maintenance, {
    log: silentLog,
    poolSize: 1,
    statementTimeoutMs: 120_000,
    applicationName: connectionPrefix + id,
  })
  const keepAlive = setInterval(() => void admin.query(sql`select 1`).catch(() => {}), keepAliveMs).unref()
  return {
    id,
    admin,
    close: async () => {
      clearInterval(keepAlive)
      await admin.close()
    },
  }
}

/** The name of a database of this process. */
export function databaseOf({ id }: Pick<Lease, 'id'>, number: number): string {
  return `${databasePrefix}${id}_${number}`
}

/** Ids of the processes that are here. */
export async function livingLeases(admin: Database): Promise<Set<string>> {
  const rows = await admin.query<{ id: string }>(sql`
    select substr(application_name, ${connectionPrefix.length + 1}::int) as id from pg_stat_activity
    where starts_with(application_name, ${connectionPrefix})`)
  return new Set(rows.map(({ id }) => id))
}

/** Drops the databases of processes that have ended without doing so. */
export async function dropAbandoned(admin: Database): Promise<void> {
  // In this order: a process that comes in between has no database yet.
  const databases = await admin.query<{ name: string }>(
    sql`select datname as name from pg_database where starts_with(datname, ${databasePrefix})`,
  )
  const living = await livingLeases(admin)
  for (const { name } of databases) {
    if (!living.has(name.slice(databasePrefix.length).split('_')[0]!)) await dropDatabase(admin, name)
  }
}
