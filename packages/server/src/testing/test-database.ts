import { randomBytes } from 'node:crypto'
import { openDatabase, type Connection, type Database } from '../kernel/db.ts'
import {
  copyDatabase,
  dropDatabase,
  ensureTemplate,
  type DatabaseTemplate,
} from '../kernel/postgres/template-database.ts'
import { silentLog, testClusterConnection } from './test-cluster.ts'

export interface TestDatabase {
  /** For whoever opens connections of his own, e.g. a server. */
  readonly connection: Connection
  /** Pool on the database; closed with it. */
  readonly db: Database
}

/** Registers work for the end: node:test's `after`, or the context of one test. */
export interface Cleanup {
  after(work: () => Promise<void>): void
}

/**
 * Makes a database of its own for a test: empty, or a copy of a template. It is dropped at the end, with all
 * replication slots, whoever is still connected.
 *
 * ```ts
 * const { db } = await testDatabase({ after })        // one for a file
 * test('…', async t => { const { db } = await testDatabase(t) })
 * ```
 * Roles belong to the whole cluster: give those a test creates names of their own.
 */
export async function testDatabase(cleanup: Cleanup, template?: DatabaseTemplate): Promise<TestDatabase> {
  const maintenance = await testClusterConnection()
  const database = `test_${randomBytes(6).toString('hex')}`
  const connection = { ...maintenance, database }
  await inDatabase(maintenance, async admin => {
    const source = template === undefined ? 'template0' : await ensureTemplate(admin, template)
    await copyDatabase(admin, database, source)
  })
  const db = await openDatabase(connection, { log: silentLog, poolSize: 10, statementTimeoutMs: 30_000 })
  cleanup.after(async () => {
    await db.close()
    await inDatabase(maintenance, admin => dropDatabase(admin, database))
  })
  return { connection, db }
}

async function inDatabase<T>(connection: Connection, work: (db: Database) => Promise<T>): Promise<T> {
  // One connection, so that a lock taken by one statement is held for the next.
  const db = await openDatabase(connection, { log: silentLog, poolSize: 1, statementTimeoutMs: 120_000 })
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}
