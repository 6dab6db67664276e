import { createHash } from 'node:crypto'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { embedServer, installedVersion } from '@cloudbox/server/embed'
import { openDatabase, type Connection, type Database } from '@cloudbox/server/kernel/db'
import { dropDatabase, ensureTemplate } from '@cloudbox/server/kernel/postgres/template-database'
import { id, raw, sql } from '@cloudbox/server/kernel/sql'
import { createAsk } from '../box/ask.ts'
import { searchPath, sqlClock, sqlClockInFunctions } from '../box/clock.ts'
import { silentLog } from './silent-log.ts'

/** What every box begins with. */
export interface Installed {
  readonly environmentId: string
  readonly schema: string
  readonly publishableKey: string
  readonly secretKey: string
}

/** Databases are copied with what they hold sealed, so all boxes have the same. No box guards a secret. */
export const masterKey = '7e'.repeat(32)

export const environmentPath = '/test/dev'
const environment = { organisation: 'test', project: 'test', name: 'dev', dev: true } as const

/** Templates of schemas that are kept: somebody goes back and forth between branches. */
const mostSchemas = 12

/** A test asks as often as it likes: what keeps strangers from guessing is off. */
const withoutLimits = { signIn: 0, signUp: 0, mail: 0, mailPerAddress: 0, messages: 0, confirm: 0 }

/** The name of a database with these collections and nothing in them; the first one who asks makes it. */
export async function templateOf(
  admin: Database,
  collections: readonly CollectionDefinition[],
): Promise<string> {
  const version = hash(installedVersion() + sqlClock + sqlClockInFunctions)
  const installed = await ensureTemplate(admin, { name: `cloudbox_${version}`, build: install })
  if (collections.length === 0) return installed
  const name = `schema_${hash(JSON.stringify(collections) + version)}`
  const build = (connection: Connection) => define(connection, collections)
  const template = await ensureTemplate(admin, { name, build }, installed)
  await dropOld(admin)
  return template
}

async function install(connection: Connection): Promise<void> {
  await inDatabase(connection, async db => {
    await db.transaction(tx => tx.script(sqlClock))
    // What is made from here on, defaults of columns among it, asks the clock of the box.
    await followClock(db, connection.database)
  })
  const server = await embedServer({ connection, masterKey, log: silentLog })
  try {
    const { platform } = server
    await platform.ensureOperators()
    const made = await platform.ensureEnvironment(environment)
    const installed: Installed = {
      environmentId: made.id,
      schema: made.schema,
      publishableKey: await platform.ensurePublishableKey(made.id),
      secretKey: await platform.createKey(made.id, 'secret'),
    }
    await server.db.transaction(async tx => {
      await tx.script(sqlClockInFunctions)
      await tx.script(
        'create table cloudbox_testing.installed (one boolean primary key default true, told jsonb)',
      )
      await tx.query(
        sql`insert into cloudbox_testing.installed (told) values (${JSON.stringify(installed)}::jsonb)`,
      )
    })
    const url = await server.listen('127.0.0.1', 0)
    const ask = createAsk(url + environmentPath, installed.secretKey)
    await ask('PATCH', '/auth/settings', { rateLimits: withoutLimits })
  } finally {
    await server.stop()
  }
}

async function define(connection: Connection, collections: readonly CollectionDefinition[]): Promise<void> {
  const { secretKey } = await inDatabase(connection, async db => {
    await followClock(db, connection.database)
    return readInstalled(db)
  })
  const server = await embedServer({ connection, masterKey, log: silentLog })
  try {
    const url = await server.listen('127.0.0.1', 0)
    const ask = createAsk(url + environmentPath, secretKey)
    await ask('POST', '/schema/apply', { collections })
  } finally {
    await server.stop()
  }
}

/** A setting of the database: a copy does not have it. */
export async function followClock(db: Database, database: string): Promise<void> {
  await db.query(sql`alter database ${id(database)} set search_path = ${raw(searchPath)}`)
}

export async function readInstalled(db: Database): Promise<Installed> {
  const [row] = await db.query<{ told: string }>(
    sql`select told::text as told from cloudbox_testing.installed`,
  )
  return JSON.parse(row!.told) as Installed
}

async function dropOld(admin: Database): Promise<void> {
  const old = await admin.query<{ name: string }>(sql`
    select datname as name from pg_database where starts_with(datname, 'template_schema_') and datname !~ '_draft$'
    order by oid desc offset ${mostSchemas}::int`)
  // One that is being copied at this moment stays until the next time.
  for (const { name } of old) await dropDatabase(admin, name).catch(() => {})
}

async function inDatabase<T>(connection: Connection, work: (db: Database) => Promise<T>): Promise<T> {
  const db = await openDatabase(connection, { log: silentLog, poolSize: 1, statementTimeoutMs: 60_000 })
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
