import { openDatabase, type Connection } from '../db.ts'
import type { Log } from '../log.ts'
import { id, literal, sql } from '../sql.ts'

/** The database of the platform inside the embedded Postgres. */
export const databaseName = 'cloudbox'

/** Makes the database when there is none, and the password the one we remember. */
export async function prepareDatabase(connection: Connection, password: string, log: Log): Promise<void> {
  const db = await openDatabase(
    { ...connection, database: 'postgres' },
    { log, poolSize: 1, statementTimeoutMs: 60_000 },
  )
  try {
    // At every start: somebody may have removed the file that remembers it.
    await db.query(sql`alter role ${id(connection.user)} password ${literal(password)}`)
    const [found] = await db.query(sql`select from pg_database where datname = ${databaseName}`)
    if (found === undefined) {
      await db.query(sql`create database ${id(databaseName)}`)
    }
  } finally {
    await db.close()
  }
}
