import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection } from '../kernel/db.ts'
import type { Log } from '../kernel/log.ts'
import { openCluster } from '../kernel/postgres/cluster.ts'
import { readConnectionUrl } from '../kernel/postgres/connection-url.ts'
import { readPidFile } from '../kernel/postgres/postmaster.ts'
import { isAlive, signal } from '../kernel/postgres/processes.ts'

/** Names the test run's Postgres to every test process. */
const variable = 'TEST_DATABASE_URL'

/** A Postgres of its own for one test run: not durable, removed when the process ends. */
export interface TestCluster {
  /** For `TEST_DATABASE_URL` of other processes. */
  readonly url: string
  readonly connection: Connection
  stop(): Promise<void>
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

export async function startTestCluster(): Promise<TestCluster> {
  const dataDir = mkdtempSync(join(tmpdir(), 'cloudbox-test-'))
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
      max_connections: 300,
    },
  })
  const { host, port, user, password = '' } = cluster.connection
  const remove = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  // Also when a test process ends without a word: Postgres has been told to stop by then.
  const removeAtExit = () => killAndRemove(dataDir, remove)
  process.once('exit', removeAtExit)
  return {
    url: `postgres://${user}:${password}@localhost:${port}/postgres?host=${encodeURIComponent(host)}`,
    connection: { ...cluster.connection, database: 'postgres' },
    stop: async () => {
      process.off('exit', removeAtExit)
      await cluster.stop()
      remove()
    },
  }
}

/** Nothing in it is worth a shutdown in order; and nothing may be written while it is removed. */
function killAndRemove(dataDir: string, remove: () => void): void {
  const pid = readPidFile(join(dataDir, 'postgres'))?.pid
  if (pid !== undefined) signal(pid, 'SIGQUIT')
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let waits = 0; pid !== undefined && isAlive(pid) && waits < 200; waits++) Atomics.wait(pause, 0, 0, 10)
  remove()
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
