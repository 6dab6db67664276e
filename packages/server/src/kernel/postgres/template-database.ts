import { setTimeout } from 'node:timers/promises'
import type { Connection, Database } from '../db.ts'
import { id, sql } from '../sql.ts'

/** A database that others are copied from. */
export interface DatabaseTemplate {
  /** Unique in the cluster, a plain SQL name. */
  readonly name: string
  /** Fills the database that is to be copied. It must close every connection it opens. */
  build(connection: Connection): Promise<void>
}

/**
 * Makes the template unless it is there; whoever comes at the same time waits for it.
 *
 * @param admin one connection only, so that a lock taken by one statement is held for the next
 * @returns the name of the database to copy
 */
export async function ensureTemplate(
  admin: Database,
  { name, build }: DatabaseTemplate,
  source = 'template0',
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
    await copyDatabase(admin, draft, source)
    await build({ ...admin.connection, database: draft })
    await dropSlots(admin, draft)
    await admin.query(sql`alter database ${id(draft)} rename to ${id(finished)}`)
    return finished
  } finally {
    await admin.query(sql`select pg_advisory_unlock(hashtext(${finished}))`)
  }
}

/** Makes a database as a copy of one that nobody is connected to. Copying its files is quicker than writing a log of them. */
export async function copyDatabase(admin: Database, database: string, source: string): Promise<void> {
  await admin.query(sql`create database ${id(database)} template ${id(source)} strategy file_copy`)
}

/**
 * Drops a database, whoever is connected. A slot keeps its database: whoever reads from one is ended first. One that was
 * connecting meanwhile may have taken it again, so more than once if need be.
 */
export async function dropDatabase(admin: Database, database: string): Promise<void> {
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
