/**
 * A program: keeps the Postgres of a project's tests running as long as somebody needs it, and a little longer for the
 * next run. It drops the databases of processes that were killed.
 *
 * Started by the first process that wants a box; of several that start at once one holds the folder and the others end.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { openDatabase } from '@cloudbox/server/kernel/db'
import { openCluster } from '@cloudbox/server/kernel/postgres/cluster'
import { StartProblem } from '@cloudbox/server/kernel/postgres/start-problem'
import { removeKeeperFile, writeKeeperFile } from './keeper-file.ts'
import { dropAbandoned, livingLeases } from './leases.ts'
import { silentLog } from './silent-log.ts'

const lookMs = 1000

async function keep(folder: string, idleMs: number): Promise<void> {
  const cluster = await openCluster({
    dataDir: folder,
    log: silentLog,
    sync: false,
    settings: {
      // Nothing in it is worth a flush.
      fsync: 'off',
      full_page_writes: 'off',
      synchronous_commit: 'off',
      autovacuum_naptime: '5min',
      // Every box has a change stream of its own.
      max_replication_slots: 100,
      max_wal_senders: 100,
      max_connections: 500,
    },
  })
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
  const connection = { ...cluster.connection, database: 'postgres' }
  const admin = await openDatabase(connection, { log: silentLog, poolSize: 2, statementTimeoutMs: 60_000 })
  const announce = () => writeKeeperFile(folder, { pid: process.pid, connection })
  announce()
  const isNeeded = async () => (await livingLeases(admin)).size > 0

  let idleSinceMs = performance.now()
  while (!stopping.signal.aborted) {
    await delay(lookMs, undefined, { signal: stopping.signal }).catch(() => {})
    await dropAbandoned(admin).catch(() => {})
    if (await isNeeded()) idleSinceMs = performance.now()
    if (performance.now() - idleSinceMs < idleMs) continue
    // Whoever has read the file before it was removed has connected, or will see that it is gone.
    removeKeeperFile(folder)
    await delay(lookMs)
    if (!(await isNeeded())) break
    announce()
    idleSinceMs = performance.now()
  }
  removeKeeperFile(folder)
  await admin.close()
  await cluster.stop()
}

const [folder, idleMs] = process.argv.slice(2)
try {
  await keep(folder!, Number(idleMs))
} catch (error) {
  // Another one keeps it.
  if (!(error instanceof StartProblem && error.code === 'postgres/in-use')) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exitCode = 1
  }
}
