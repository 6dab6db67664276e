import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../log.ts'
import type { Native } from './native.ts'
import { adopt, readPidFile, stopProcess, type Postmaster } from './postmaster.ts'
import { belongsToCluster, isAlive, processesOfCluster, signal, waitUntil } from './processes.ts'

export interface RecoverOptions {
  readonly pgData: string
  readonly socketDir: string
  readonly native: Native
  readonly log: Log
  /** Whether a Postgres started with this command line (postmaster.opts) may go on serving. */
  mayServe(commandLine: string): boolean
}

/**
 * Clears what an earlier instance left when it was killed: a Postgres still running is taken over when it has our
 * settings and stopped when not; processes that outlived their postmaster are ended; files that name a process
 * which is gone, or which is another one by now, are removed. Only the holder of the instance lock may call it.
 *
 * @returns the Postgres that goes on serving, if there is one
 */
export async function recover(options: RecoverOptions): Promise<Postmaster | undefined> {
  const { pgData, socketDir, native, log } = options
  const left = readPidFile(pgData)
  if (left !== undefined && isAlive(left.pid) && belongsToCluster(left.pid, pgData)) {
    if (left.state === 'ready' && options.mayServe(commandLineOf(pgData))) {
      log.info('postgres.adopted', { pid: left.pid })
      return adopt(left.pid, native, pgData)
    }
    log.info('postgres.orphan-stopped', { pid: left.pid })
    await stopProcess(left.pid, () => !isAlive(left.pid), native, pgData)
  }
  await endProcesses(pgData, log)
  rmSync(join(pgData, 'postmaster.pid'), { force: true })
  // The folder is this cluster's alone and no process of it runs: whatever lies there is stale.
  for (const name of readdirSync(socketDir)) {
    if (name.startsWith('.s.PGSQL.')) rmSync(join(socketDir, name), { force: true })
  }
  return undefined
}

/** Backends see the death of their postmaster only between statements; Postgres refuses to start beside them. */
async function endProcesses(pgData: string, log: Log): Promise<void> {
  for (const [name, timeoutMs] of [
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    const pids = processesOfCluster(pgData)
    if (pids.length === 0) return
    log.info('postgres.processes-ended', { pids, signal: name })
    for (const pid of pids) signal(pid, name)
    await waitUntil(() => !pids.some(isAlive), timeoutMs)
  }
}

function commandLineOf(pgData: string): string {
  try {
    return readFileSync(join(pgData, 'postmaster.opts'), 'utf8')
  } catch {
    return ''
  }
}
