import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection } from '../kernel/db.ts'
import type { Log } from '../kernel/log.ts'
import { openCluster } from '../kernel/postgres/cluster.ts'
import { readConnectionUrl } from '../kernel/postgres/connection-url.ts'
import { isInstanceRunning } from '../kernel/postgres/instance-lock.ts'
import { readPidFile } from '../kernel/postgres/postmaster.ts'
import { belongsToCluster, isAlive, signal } from '../kernel/postgres/processes.ts'

/** Names the test run's Postgres to every test process. */
const variable = 'TEST_DATABASE_URL'

/** A Postgres of its own for one test run: not durable, removed when the process ends. */
export interface TestCluster {
  /** For `TEST_DATABASE_URL` of other processes. */
  readonly url: string
  readonly connection: Connection
  stop(): Promise<void>
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, hear: () => () => {} }

const folderPrefix = 'cloudbox-test-'

export async function startTestCluster(): Promise<TestCluster> {
  removeAbandoned()
  const dataDir = mkdtempSync(join(tmpdir(), folderPrefix))
  const cluster = await openCluster({
    dataDir,
    log: silentLog,
    port: 54400 + Math.floor(Math.random() * 1000),
    sync: false,
    settings: {
      fsync: 'off',
      full_page_writes: 'off',
      // Every test database may have a change stream of its own.
      max_replication_slots: 60,
      max_wal_senders: 60,
      // And a mark for what it copies, which stays when the database is gone.
      max_active_replication_origins: 500,
      max_connections: 300,
    },
  })
  const { host, port, user, password = '' } = cluster.connection
  // Also when a test process ends without a word.
  const removeAtExit = () => killAndRemove(dataDir)
  process.once('exit', removeAtExit)
  return {
    url: `postgres://${user}:${password}@localhost:${port}/postgres?host=${encodeURIComponent(host)}`,
    connection: { ...cluster.connection, database: 'postgres' },
    stop: async () => {
      process.off('exit', removeAtExit)
      await cluster.stop()
      killAndRemove(dataDir)
    },
  }
}

/** Nothing in it is worth a shutdown in order; and nothing may be written while it is removed. */
function killAndRemove(dataDir: string): void {
  const pgData = join(dataDir, 'postgres')
  const pid = readPidFile(pgData)?.pid
  if (pid !== undefined && belongsToCluster(pid, pgData)) {
    signal(pid, 'SIGQUIT')
    const pause = new Int32Array(new SharedArrayBuffer(4))
    for (let waits = 0; isAlive(pid) && waits < 200; waits++) Atomics.wait(pause, 0, 0, 10)
  }
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
}

/** A test process that was killed left its Postgres running: the next run ends it. */
function removeAbandoned(): void {
  const minuteAgoMs = Date.now() - 60_000
  for (const name of readdirSync(tmpdir()).filter(name => name.startsWith(folderPrefix))) {
    const dataDir = join(tmpdir(), name)
    const folder = statSync(dataDir, { throwIfNoEntry: false })
    const isOurs = folder !== undefined && folder.uid === (process.getuid?.() ?? folder.uid)
    if (isOurs && folder.mtimeMs < minuteAgoMs && !isInstanceRunning(dataDir)) killAndRemove(dataDir)
  }
}

let own: Promise<TestCluster> | undefined

/**
 * The maintenance database of the test run's Postgres. A test file run by hand has no test run around it: the first
 * call then starts a Postgres that ends with the process.
 */
export async function testClusterConnection(): Promise<Connection> {
  const url = process.env[variable]
  if (url !== undefined && url !== '') return readConnectionUrl(url)
  own ??= startTestCluster()
  return (await own).connection
}
