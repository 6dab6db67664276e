import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  mkdirSync,
  rmSync,
  chmodSync,
  chownSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { startClusterProcess } from '../../testing/start-cluster-process.ts'
import { silentLog } from '../../testing/test-cluster.ts'
import { openDatabase, type Connection, type Row } from '../db.ts'
import { sql, type Sql } from '../sql.ts'
import { openCluster, type ClusterOptions } from './cluster.ts'
import { readConnectionUrl } from './connection-url.ts'
import { readPidFile } from './postmaster.ts'
import { isAlive, signal } from './processes.ts'

const isRoot = process.getuid?.() === 0

function folder(t: TestContext, name = 'data'): string {
  const parent = mkdtempSync(join(tmpdir(), 'cloudbox-cluster-'))
  chmodSync(parent, 0o755)
  t.after(() => rmSync(parent, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }))
  return join(parent, name)
}

const open = (options: Pick<ClusterOptions, 'dataDir'> & Partial<ClusterOptions>) =>
  openCluster({ log: silentLog, sync: false, ...options })

// Initialising takes long: most tests get a copy of one that was made before.
const made = mkdtempSync(join(tmpdir(), 'cloudbox-made-'))
before(async () => (await open({ dataDir: made })).stop())
after(() => rmSync(made, { recursive: true }))

function copyOfMade(t: TestContext, name = 'data'): string {
  const dataDir = folder(t, name)
  execFileSync('cp', ['-a', made, dataDir])
  return dataDir
}

async function ask(connection: Connection, question: Sql): Promise<Row[]> {
  const db = await openDatabase(connection, { log: silentLog, poolSize: 1, statementTimeoutMs: 10_000 })
  return await db.query(question).finally(() => db.close())
}

test('a new data directory becomes a cluster that keeps its data, port and password', async t => {
  const dataDir = folder(t)
  const first = await open({ dataDir })
  await ask(first.connection, sql`create table kept as select 'höhe' as word`)
  const settings = await ask(
    first.connection,
    sql`select current_setting('wal_level') as wal, current_setting('server_encoding') as encoding,
          current_setting('data_checksums') as checksums, datlocale as locale
        from pg_database where datname = current_database()`,
  )
  assert.deepEqual(settings, [{ wal: 'logical', encoding: 'UTF8', checksums: 'on', locale: 'C.UTF-8' }])
  await first.stop()
  assert.equal(readPidFile(join(dataDir, 'postgres')), undefined)

  const second = await open({ dataDir })
  t.after(() => second.stop())
  assert.equal(second.url, first.url)
  assert.deepEqual(await ask(readConnectionUrl(second.url), sql`select word from kept`), [{ word: 'höhe' }])
})

test('over TCP nobody enters without the password, and the files that hold it are private', async t => {
  const dataDir = copyOfMade(t)
  const cluster = await open({ dataDir })
  t.after(() => cluster.stop())
  const stranger = { ...readConnectionUrl(cluster.url), password: 'guess' }
  await assert.rejects(ask(stranger, sql`select 1`), { code: '28P01' })
  assert.equal(statSync(join(dataDir, 'cluster.json')).mode & 0o777, 0o600)
  assert.equal(statSync(cluster.connection.host).mode & 0o777, 0o700)
})

test('two data directories run side by side', async t => {
  const one = await open({ dataDir: copyOfMade(t), port: 54800 })
  t.after(() => one.stop())
  const two = await open({ dataDir: copyOfMade(t), port: 54800 })
  t.after(() => two.stop())
  assert.notEqual(one.connection.port, two.connection.port)
  for (const { connection } of [one, two]) assert.equal((await ask(connection, sql`select 1`)).length, 1)
})

test('a second instance on the same data directory is refused, naming the first', async t => {
  const dataDir = copyOfMade(t)
  const first = startClusterProcess(dataDir)
  t.after(() => first.end('SIGINT'))
  await first.heard('open')
  const second = startClusterProcess(dataDir)
  t.after(() => second.end('SIGINT'))
  const { code, message } = await second.heard('problem')
  assert.equal(code, 'postgres/in-use')
  assert.match(message!, new RegExp(`process ${first.pid} at http://localhost:1234`))
  assert.equal(await first.end('SIGINT'), 0)
})

test('a long path gets its socket elsewhere', async t => {
  const cluster = await open({ dataDir: copyOfMade(t, `${'long-'.repeat(25)}name`) })
  t.after(async () => {
    await cluster.stop()
    rmSync(cluster.connection.host, { recursive: true })
  })
  assert.ok(cluster.connection.host.length < 80)
  assert.equal((await ask(cluster.connection, sql`select 1`)).length, 1)
})

test('a data directory can be moved', async t => {
  const before = copyOfMade(t)
  const first = await open({ dataDir: before })
  await ask(first.connection, sql`create table kept as select 1 as n`)
  await first.stop()
  const moved = join(before, '..', 'moved')
  renameSync(before, moved)
  const second = await open({ dataDir: moved })
  t.after(() => second.stop())
  assert.deepEqual(await ask(second.connection, sql`select n from kept`), [{ n: 1 }])
  assert.equal(existsSync(before), false)
})

test('what a killed initdb left is cleared away', async t => {
  const dataDir = folder(t)
  const unfinished = join(dataDir, 'postgres.init-99999999')
  mkdirSync(join(unfinished, 'base'), { recursive: true })
  writeFileSync(join(unfinished, 'PG_VERSION'), '18\n')
  const cluster = await open({ dataDir })
  t.after(() => cluster.stop())
  assert.equal(existsSync(unfinished), false)
})

test('data of another Postgres version is refused and left alone', async t => {
  const dataDir = folder(t)
  mkdirSync(join(dataDir, 'postgres'), { recursive: true })
  writeFileSync(join(dataDir, 'postgres/PG_VERSION'), '16\n')
  await assert.rejects(open({ dataDir }), { code: 'postgres/other-version', message: /made by Postgres 16/ })
  assert.equal(readFileSync(join(dataDir, 'postgres/PG_VERSION'), 'utf8'), '16\n')
  assert.equal(existsSync(join(dataDir, 'instance.lock')), false)
})

test('a folder that is no Postgres data is refused and left alone', async t => {
  const dataDir = folder(t)
  mkdirSync(join(dataDir, 'postgres'), { recursive: true })
  writeFileSync(join(dataDir, 'postgres/diary.txt'), 'dear diary')
  await assert.rejects(open({ dataDir }), { code: 'postgres/foreign-folder' })
  assert.ok(existsSync(join(dataDir, 'postgres/diary.txt')))
})

test('a setting Postgres cannot take is told with its words', async t => {
  const refused = open({ dataDir: copyOfMade(t), settings: { shared_buffers: 'much' } })
  await assert.rejects(refused, { code: 'postgres/start-failed', message: /shared_buffers/ })
})

test('a Postgres that dies is started again, and we hear of it', async t => {
  const dataDir = copyOfMade(t)
  const cluster = await open({ dataDir })
  t.after(() => cluster.stop())
  const restarted = new Promise<void>(resolve => cluster.onRestart(resolve))
  const { pid } = readPidFile(join(dataDir, 'postgres'))!
  process.kill(pid, 'SIGKILL')
  await restarted
  assert.notEqual(readPidFile(join(dataDir, 'postgres'))!.pid, pid)
  assert.equal((await ask(cluster.connection, sql`select 1`)).length, 1)
})

/** Kills Postgres again and again until its port is ours. */
async function takePortOf(dataDir: string, port: number): Promise<Server> {
  for (;;) {
    const pid = readPidFile(join(dataDir, 'postgres'))?.pid
    if (pid !== undefined && pid > 0) signal(pid, 'SIGKILL')
    const thief = createServer().listen(port, '127.0.0.1')
    const isTaken = await once(thief, 'listening').then(
      () => true,
      () => false,
    )
    if (isTaken) return thief
  }
}

test('a Postgres that dies while another program takes its port goes on without one', async t => {
  const dataDir = copyOfMade(t)
  const events: string[] = []
  const note = (event: string) => void events.push(event)
  const log = { debug: note, info: note, warn: note, error: note, hear: () => () => {} }
  const cluster = await open({ dataDir, log })
  t.after(() => cluster.stop())
  const restarted = new Promise<void>(resolve => cluster.onRestart(resolve))
  const thief = await takePortOf(dataDir, Number(new URL(cluster.url).port))
  t.after(() => thief.close())
  await restarted
  assert.equal((await ask(cluster.connection, sql`select 1`)).length, 1)
  assert.ok(events.includes('postgres.port-lost'))
  await cluster.stop()
  const next = await open({ dataDir })
  t.after(() => next.stop())
  const { hostname, port, username, password } = new URL(next.url)
  const overTcp = { host: hostname, port: Number(port), user: username, password, database: 'postgres' }
  assert.equal((await ask(overTcp, sql`select 1`)).length, 1)
})

test('as root: below a folder closed to others it lives elsewhere and works', { skip: !isRoot }, async t => {
  const closed = folder(t, 'closed')
  mkdirSync(closed, { mode: 0o700 })
  const dataDir = join(closed, 'data')
  const cluster = await open({ dataDir })
  const copy = join(closed, 'copy')
  mkdirSync(copy)
  copyFileSync(join(dataDir, 'cluster.json'), join(copy, 'cluster.json'))
  await assert.rejects(open({ dataDir: copy }), { code: 'postgres/in-use' })
  const elsewhere = (JSON.parse(readFileSync(join(dataDir, 'cluster.json'), 'utf8')) as { folder: string })
    .folder
  t.after(async () => {
    await cluster.stop()
    rmSync(elsewhere, { recursive: true })
  })
  assert.match(elsewhere, /^\/var\/lib\/cloudbox\//)
  assert.equal(statSync(closed).mode & 0o777, 0o700)
  assert.equal((await ask(cluster.connection, sql`select 1`)).length, 1)
})

test('an ordinary user runs it as himself', { skip: !isRoot }, async t => {
  const dataDir = folder(t)
  const uid = 65534
  mkdirSync(dataDir)
  chownSync(dataDir, uid, uid)
  const process = startClusterProcess(dataDir, { uid, gid: uid })
  t.after(() => process.end('SIGINT'))
  const { connection } = await process.heard('open')
  assert.equal(statSync(join(dataDir, 'postgres')).uid, uid)
  assert.equal((await ask(connection!, sql`select 1`)).length, 1)
  assert.equal(await process.end('SIGINT'), 0)
  assert.equal(isAlive(process.pid), false)
})
