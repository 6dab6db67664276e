import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase, type Connection } from '../kernel/db.ts'
import { sql } from '../kernel/sql.ts'
import { silentLog } from './test-cluster.ts'
import { testDatabase } from './test-database.ts'

let builds = 0
const counted = {
  name: 'counted',
  async build(connection: Connection) {
    builds++
    const db = await openDatabase(connection, { log: silentLog, poolSize: 1, statementTimeoutMs: 5000 })
    await db.query(sql`create table fruit as select 'apple' as name`)
    await db.close()
  },
}

test('a copy holds what the template holds, and the copies do not see each other', async t => {
  const [one, two] = await Promise.all([testDatabase(t, counted), testDatabase(t, counted)])
  await one.db.query(sql`insert into fruit values ('pear')`)
  assert.deepEqual(await two.db.query(sql`select name from fruit`), [{ name: 'apple' }])
  assert.equal(builds, 1)
})

test('a database is dropped with its replication slots', async t => {
  const cleanups: (() => Promise<void>)[] = []
  const { db } = await testDatabase({ after: work => void cleanups.push(work) })
  await db.query(sql`select pg_create_logical_replication_slot(current_database() || '_slot', 'pgoutput')`)
  const [row] = await db.query<{ name: string }>(sql`select current_database() as name`)
  for (const cleanup of cleanups) await cleanup()
  const other = await testDatabase(t)
  assert.deepEqual(await other.db.query(sql`select from pg_database where datname = ${row!.name}`), [])
})
