import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { programPath, type Native } from './native.ts'
import { isAlive, signal, waitUntil } from './processes.ts'
import { StartProblem } from './start-problem.ts'
import type { ServerUser } from './user.ts'

/** A running Postgres, our child or one that was found running. */
export interface Postmaster {
  readonly pid: number
  /** Settles when the process has ended, with what is known of the reason. */
  readonly ended: Promise<string>
  /** Stops it in order, with force when it takes too long. */
  stop(): Promise<void>
}

export interface LaunchOptions {
  readonly native: Native
  readonly user: ServerUser
  readonly pgData: string
  readonly logFile: string
  readonly args: readonly string[]
}

/** After a crash Postgres replays its log before it is ready: at most about max_wal_size, which takes a minute. */
const readyTimeoutMs = 300_000
const adoptedPollMs = 250

/** Starts Postgres and waits until it accepts connections. */
export async function launch({ native, user, pgData, logFile, args }: LaunchOptions): Promise<Postmaster> {
  const logStart = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
  const log = openSync(logFile, 'a', 0o600)
  const child = spawn(programPath(native, 'postgres'), args, {
    ...user,
    // A group of its own: Ctrl-C in the terminal reaches us, and we stop Postgres last.
    detached: true,
    cwd: pgData,
    env: { LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', log, log],
    windowsHide: true,
  })
  closeSync(log)
  // What keeps our process running is what it serves, not its database.
  child.unref()
  let end: string | undefined
  const ended = new Promise<string>(resolve => {
    child.once('error', error => resolve((end = error.message)))
    child.once('exit', (code, name) =>
      resolve((end = name === null ? `exit code ${code}` : `signal ${name}`)),
    )
  })
  const pid = child.pid
  if (pid !== undefined) {
    // When our process ends without stopping in order, Postgres is told to; after a SIGKILL the next start adopts it.
    const abandon = () => signal(pid, 'SIGINT')
    process.once('exit', abandon)
    void ended.then(() => process.off('exit', abandon))
    await waitUntil(() => end !== undefined || isReady(pgData, pid), readyTimeoutMs, 5)
    if (end === undefined && isReady(pgData, pid)) {
      return { pid, ended, stop: () => stopProcess(pid, () => end !== undefined, native, pgData) }
    }
    await stopProcess(pid, () => end !== undefined, native, pgData)
  }
  throw new StartProblem(
    'postgres/start-failed',
    `Postgres did not start (${await ended}): ${tail(logFile, logStart)}`,
    `Its log is ${logFile}.`,
  )
}

/** Takes over a Postgres that runs already. It is not our child, so its end is seen by looking. */
export function adopt(pid: number, native: Native, pgData: string): Postmaster {
  const { promise: ended, resolve: end } = Promise.withResolvers<string>()
  const timer = setInterval(() => {
    if (!isAlive(pid)) end('it had been adopted, the reason is in its log')
  }, adoptedPollMs)
  timer.unref()
  void ended.then(() => clearInterval(timer))
  const stop = async () => {
    await stopProcess(pid, () => !isAlive(pid), native, pgData)
    end('stopped')
  }
  return { pid, ended, stop }
}

/** Fast shutdown, then without a checkpoint, then by force: the next start recovers from the last two. */
export async function stopProcess(
  pid: number,
  hasEnded: () => boolean,
  native: Native,
  pgData: string,
): Promise<void> {
  if (process.platform === 'win32') {
    spawnSync(programPath(native, 'pg_ctl'), ['stop', '-D', pgData, '-m', 'fast', '-w'])
    return
  }
  for (const [name, timeoutMs] of [
    ['SIGINT', 15_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    if (hasEnded()) return
    signal(pid, name)
    if (await waitUntil(hasEnded, timeoutMs, 5)) return
  }
}

/** Reads postmaster.pid, whose lines are: pid, data directory, start time, port, socket folder, address, key, state. */
export function readPidFile(pgData: string): { pid: number; state: string } | undefined {
  try {
    const lines = readFileSync(join(pgData, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: Number(lines[0]), state: lines[7]?.trim() ?? '' }
  } catch {
    return undefined
  }
}

function isReady(pgData: string, pid: number): boolean {
  const file = readPidFile(pgData)
  return file?.state === 'ready' && (process.platform === 'win32' || file.pid === pid)
}

/** What Postgres wrote to its log since a position: the last lines that are worth reading. */
function tail(logFile: string, from: number): string {
  try {
    const lines = readFileSync(logFile).subarray(from).toString('utf8').trim().split('\n')
    const telling = lines.filter(line =>
      /FATAL|ERROR|PANIC|HINT|could not|error while|invalid|unrecognized/.test(line),
    )
    return (telling.length > 0 ? telling : lines).slice(-5).join('\n') || 'it wrote nothing'
  } catch {
    return 'it wrote nothing'
  }
}
