import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { openDatabase, type Connection, type Database } from '../kernel/db.ts'
import { id, sql } from '../kernel/sql.ts'
import { silentLog, testClusterConnection } from './test-cluster.ts'

/** What a test database starts from: built once per test run, then copied. */
export interface DatabaseTemplate {
  /** Unique in the code base, a plain SQL name. */
  readonly name: string
  /** Fills the database that is to be copied. It must close every connection it opens. */
  build(connection: Connection): Promise<void>
}

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
    const source = template === undefined ? 'template0' : await ensureTemplate(admin, maintenance, template)
    await admin.query(sql`create database ${id(database)} template ${id(source)} strategy file_copy`)
  })
  const db = await openDatabase(connection, { log: silentLog, poolSize: 10, statementTimeoutMs: 30_000 })
  cleanup.after(async () => {
    await db.close()
    await inDatabase(maintenance, admin => dropDatabase(admin, database))
  })
  return { connection, db }
}

/** Test processes run side by side: the first builds the template, the others wait for it. */
async function ensureTemplate(
  admin: Database,
  maintenance: Connection,
  { name, build }: DatabaseTemplate,
): Promise<string> {
  const finished = `template_${name}`
  const exists = async () =>
    (await admin.query(sql`select from pg_database where datname = ${finished}`)).length > 0
  if (await exists()) return finished
  await admin.query(sql`select pg_advisory_lock(hashtext(${finished}))`)
  try {
    if (await exists()) return finished
    const draft = `${finished}_draft`
    await dropDatabase(admin, draft)
    await admin.query(sql`create database ${id(draft)} template template0`)
    await build({ ...maintenance, database: draft })
    await admin.query(sql`alter database ${id(draft)} rename to ${id(finished)}`)
    return finished
  } finally {
    await admin.query(sql`select pg_advisory_unlock(hashtext(${finished}))`)
  }
}

/**
 * A slot keeps its database: whoever reads from one is ended first. One that was connecting meanwhile may have taken it
 * again, so more than once if need be.
 */
async function dropDatabase(admin: Database, database: string): Promise<void> {
  const known = await admin.query(sql`select from pg_database where datname = ${database}`)
  if (known.length === 0) return
  await admin.query(sql`alter database ${id(database)} allow_connections false`)
  for (let tries = 1; ; tries++) {
    try {
      await dropSlots(admin, database)
      await admin.query(sql`drop database if exists ${id(database)} with (force)`)
      return
    } catch (error) {
      if (tries === 20) throw error
      await setTimeout(50)
    }
  }
}

async function dropSlots(admin: Database, database: string): Promise<void> {
  const slots = await admin.query<{ slot_name: string }>(
    sql`select slot_name from pg_replication_slots where database = ${database}`,
  )
  for (const { slot_name: slot } of slots) {
    await admin.query(sql`
      select pg_terminate_backend(active_pid, 5000) from pg_replication_slots
      where slot_name = ${slot} and active_pid is not null`)
    await admin.query(
      sql`select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = ${slot}`,
    )
  }
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
