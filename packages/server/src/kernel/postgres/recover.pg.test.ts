import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, chownSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startClusterProcess, type ClusterProcess } from '../../testing/start-cluster-process.ts'
import { silentLog } from '../../testing/test-cluster.ts'
import { openDatabase, type Connection } from '../db.ts'
import { sql } from '../sql.ts'
import { readPidFile } from './postmaster.ts'
import { isAlive, processesOfCluster, signal, waitUntil } from './processes.ts'

// One data directory for all: each test leaves it as the one before found it, however badly it was treated.
const dataDir = mkdtempSync(join(tmpdir(), 'cloudbox-recover-'))
const pgData = join(dataDir, 'postgres')
chmodSync(dataDir, 0o755)
let latest: ClusterProcess | undefined
after(async () => {
  await latest?.end('SIGINT')
  // What a test that failed in the middle has left.
  for (const pid of processesOfCluster(pgData)) signal(pid, 'SIGKILL')
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
})

async function start(): Promise<{ holder: ClusterProcess; connection: Connection; postmaster: number }> {
  const holder = startClusterProcess(dataDir)
  latest = holder
  const { connection } = await holder.heard('open')
  return { holder, connection: connection!, postmaster: readPidFile(pgData)!.pid }
}

async function works(connection: Connection): Promise<void> {
  const db = await openDatabase(connection, { log: silentLog, poolSize: 1, statementTimeoutMs: 10_000 })
  await db.query(sql`select 1`)
  await db.close()
}

/** A process that has nothing to do with us, for files that name it. */
function stranger(): { pid: number; end(): Promise<unknown> } {
  const { uid, gid } = statSync(pgData)
  const child = spawn('sleep', ['60'], process.getuid?.() === 0 ? { uid, gid } : {})
  return {
    pid: child.pid!,
    end: () => {
      child.kill()
      return once(child, 'close')
    },
  }
}

test('after our SIGKILL the Postgres that runs on is adopted, and stopped with us', async () => {
  const first = await start()
  await first.holder.end('SIGKILL')
  assert.ok(isAlive(first.postmaster))
  const second = await start()
  await second.holder.heard('postgres.adopted')
  assert.equal(second.postmaster, first.postmaster)
  await works(second.connection)
  assert.equal(await second.holder.end('SIGINT'), 0)
  assert.equal(isAlive(second.postmaster), false)
})

test('an adopted Postgres that dies is started again', async () => {
  await (await start()).holder.end('SIGKILL')
  const { holder, postmaster, connection } = await start()
  await holder.heard('postgres.adopted')
  process.kill(postmaster, 'SIGKILL')
  await holder.heard('heard-restart')
  await works(connection)
  await holder.end('SIGINT')
})

test('an orphan that runs with other settings is stopped and started anew', async () => {
  const first = await start()
  await first.holder.end('SIGKILL')
  writeFileSync(join(pgData, 'cloudbox.conf'), "work_mem = '8MB'\n")
  const second = await start()
  await second.holder.heard('postgres.orphan-stopped')
  assert.notEqual(second.postmaster, first.postmaster)
  await works(second.connection)
  await second.holder.end('SIGINT')
})

test(
  'a busy backend that outlives both of us is ended before the start',
  { skip: process.platform !== 'linux' },
  async () => {
    const first = await start()
    const db = await openDatabase(first.connection, {
      log: silentLog,
      poolSize: 1,
      statementTimeoutMs: 100_000,
    })
    const busy = assert.rejects(db.query(sql`select count(*) from generate_series(1, 10000000000)`))
    assert.ok(await waitUntil(() => processesOfCluster(pgData).some(pid => isBusy(pid)), 10_000))
    await first.holder.end('SIGKILL')
    process.kill(first.postmaster, 'SIGKILL')
    assert.ok(await waitUntil(() => !isAlive(first.postmaster), 5_000))
    assert.ok(processesOfCluster(pgData).length > 0, 'the backend goes on')
    const second = await start()
    await second.holder.heard('postgres.processes-ended')
    await works(second.connection)
    await busy
    await db.close()
    await second.holder.end('SIGINT')
  },
)

test('pid file, socket lock and instance lock that name a stranger are stale, and the stranger lives on', async () => {
  const first = await start()
  await first.holder.end('SIGKILL')
  const { pid, end } = stranger()
  const pidFile = readFileSync(join(pgData, 'postmaster.pid'), 'utf8')
  process.kill(first.postmaster, 'SIGKILL')
  await waitUntil(() => processesOfCluster(pgData).length === 0, 10_000)
  const named = pidFile.replace(/^\d+/, String(pid))
  const { host, port } = first.connection
  for (const file of [join(pgData, 'postmaster.pid'), join(host, `.s.PGSQL.${port}.lock`)]) {
    writeFileSync(file, named)
    const { uid, gid } = statSync(pgData)
    chownSync(file, uid, gid)
  }
  const lock = JSON.parse(readFileSync(join(dataDir, 'instance.lock'), 'utf8')) as object
  writeFileSync(join(dataDir, 'instance.lock'), JSON.stringify({ ...lock, pid }))
  const second = await start()
  await works(second.connection)
  assert.ok(isAlive(pid))
  await end()
  assert.equal(await second.holder.end('SIGINT'), 0)
})

test('a start that is killed in the middle is taken over', async () => {
  const first = startClusterProcess(dataDir)
  await waitUntil(() => readPidFile(pgData) !== undefined, 10_000, 1)
  await first.end('SIGKILL')
  const second = await start()
  await works(second.connection)
  await second.holder.end('SIGINT')
})

/** A backend that runs a statement says so in its command line. */
function isBusy(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('SELECT')
  } catch {
    return false
  }
}
