import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { silentLog } from '../../testing/test-cluster.ts'
import { openDatabase, type Connection } from '../db.ts'
import { raw, sql } from '../sql.ts'
import { openCluster, openExternal, type Cluster } from './cluster.ts'
import { checkRequirements } from './requirements.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'cloudbox-requirements-'))
let cluster: Cluster

before(async () => {
  cluster = await openCluster({
    dataDir,
    log: silentLog,
    sync: false,
    settings: { wal_level: 'replica', max_replication_slots: 0, max_wal_senders: 0 },
  })
  await run(cluster.connection, "create role stranger login password 'guess'")
  await run(
    cluster.connection,
    "create database old encoding 'SQL_ASCII' template template0 locale_provider libc locale 'C'",
  )
})
after(async () => {
  await cluster.stop()
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
})

async function run(connection: Connection, statement: string): Promise<void> {
  const db = await openDatabase(connection, { log: silentLog, poolSize: 1, statementTimeoutMs: 30_000 })
  await db.query(sql`${raw(statement)}`).finally(() => db.close())
}

const urlOf = (user: string, password: string, database: string) => {
  const url = new URL(cluster.url)
  return Object.assign(url, { username: user, password, pathname: `/${database}` }).href
}

test('everything that is missing is told at once, each with the command that mends it', async () => {
  const refused = openExternal({ url: urlOf('stranger', 'guess', 'old'), log: silentLog })
  const problem = await refused.then(
    () => assert.fail('it was accepted'),
    (error: { code: string; message: string; hint: string }) => error,
  )
  assert.equal(problem.code, 'postgres/requirements')
  assert.deepEqual(problem.message.split('\n').slice(1), [
    '  · the database old is encoded in SQL_ASCII, needed is UTF8',
    '  · wal_level is replica, needed is logical',
    '  · no replication slot is free (max_replication_slots = 0)',
    '  · no WAL sender is free (max_wal_senders = 0)',
    '  · the role stranger may not create schemas',
    '  · the role stranger may not create roles',
    '  · the role stranger may not replicate',
  ])
  for (const command of [
    'GRANT CREATE ON DATABASE "old" TO "stranger";',
    'ALTER ROLE "stranger" CREATEROLE;',
  ]) {
    assert.ok(problem.hint.includes(command), command)
  }
})

test('the commands of the hint mend what a role lacks', async () => {
  const stranger = { ...cluster.connection, user: 'stranger', password: 'guess' }
  const remedies = async () => {
    const db = await openDatabase(stranger, { log: silentLog, poolSize: 1, statementTimeoutMs: 5_000 })
    const missing = await checkRequirements(db).finally(() => db.close())
    return missing.filter(({ what }) => what.includes('role')).map(({ remedy }) => remedy)
  }
  const commands = await remedies()
  assert.equal(commands.length, 3)
  for (const command of commands) await run(cluster.connection, command.split(';')[0]!)
  assert.deepEqual(await remedies(), [])
})

test('a wrong password is told as it is, without the password', async () => {
  const refused = openExternal({ url: urlOf('stranger', 'wrong', 'cloudbox'), log: silentLog })
  await assert.rejects(refused, (error: Error & { code: string }) => {
    assert.equal(error.code, 'postgres/no-connection')
    assert.match(error.message, /password authentication failed/)
    assert.doesNotMatch(error.message, /wrong/)
    return true
  })
})
