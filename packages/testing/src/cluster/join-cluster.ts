import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isAlive } from '@cloudbox/server/kernel/postgres/processes'
import { readConnectionUrl } from '@cloudbox/server/kernel/postgres/connection-url'
import { readKeeperFile } from './keeper-file.ts'
import { dropAbandoned, openLease, type Lease } from './leases.ts'
import { stateFolder } from './state-folder.ts'

/** Longer than the slowest machine takes to make and start a Postgres. */
const patienceMs = 120_000
/** For how long Postgres waits for the next run. */
const idleMs = 60_000

export interface ClusterOptions {
  /** Folder of the Postgres that is shared. */
  readonly folder?: string
  /** A Postgres somebody else runs, with `wal_level = logical` and a superuser. */
  readonly databaseUrl?: string
}

/** Finds the Postgres that all tests of this project share, and starts it when there is none. */
export async function joinCluster({ folder: given, databaseUrl }: ClusterOptions): Promise<Lease> {
  if (databaseUrl !== undefined) {
    const lease = await openLease({ ...readConnectionUrl(databaseUrl), database: 'postgres' })
    // Nobody keeps this one clean.
    await dropAbandoned(lease.admin)
    return lease
  }
  const folder = stateFolder(given, process.cwd())
  const untilMs = performance.now() + patienceMs
  let failed: Promise<never> | undefined
  for (let attempt = 0; ; attempt++) {
    const lease = await joinRunning(folder)
    if (lease !== undefined) return lease
    // It may have ended since; so once in a while, not only once.
    if (attempt % 200 === 0) failed = startKeeper(folder)
    await Promise.race([delay(25), ...(failed === undefined ? [] : [failed])])
    if (performance.now() > untilMs) throw notStarted(folder)
  }
}

async function joinRunning(folder: string): Promise<Lease | undefined> {
  const file = readKeeperFile(folder)
  // One that was killed has left its Postgres running: the next one takes it over.
  if (file === undefined || !isAlive(file.pid)) return undefined
  const lease = await openLease(file.connection).catch(() => undefined)
  // It is on its way out when the file is gone by now.
  if (lease === undefined || readKeeperFile(folder)?.pid === file.pid) return lease
  await lease.close()
  return undefined
}

/** A process of its own, which outlives this one. What it gives rejects when it fails, and never resolves. */
function startKeeper(folder: string): Promise<never> {
  const log = openSync(logOf(folder), 'a', 0o600)
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const program = fileURLToPath(new URL(`./keeper.${extension}`, import.meta.url))
  const child = spawn(process.execPath, [program, folder, String(idleMs)], {
    detached: true,
    stdio: ['ignore', 'ignore', log],
    // A test runner's own options are not for this program.
    env: { ...process.env, NODE_OPTIONS: '', NODE_V8_COVERAGE: '', NODE_TEST_CONTEXT: '' },
  })
  closeSync(log)
  child.unref()
  const failure = new Promise<never>((_resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => {
      if (code !== 0 && code !== null) reject(notStarted(folder))
    })
  })
  failure.catch(() => {})
  return failure
}

function notStarted(folder: string): Error {
  const said = readFileSync(logOf(folder), 'utf8').trim().split('\n').slice(-15).join('\n')
  return new Error(`The Postgres of the tests did not start in ${folder}.\n${said}`)
}

function logOf(folder: string): string {
  return join(folder, 'keeper.log')
}
