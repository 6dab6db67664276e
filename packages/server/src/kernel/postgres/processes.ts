import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'

/** Whether a process exists and has not ended (a zombie has). */
export function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return processStat(pid)?.state !== 'Z'
}

/**
 * When a process started, as a text that only serves to be compared: with the pid it names a process for good,
 * however often the pid is used again. `undefined` when there is no such process or no way to know.
 */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform === 'linux') return processStat(pid)?.startTime
  if (process.platform === 'win32') return undefined
  return run('ps', ['-p', String(pid), '-o', 'lstart='])
}

/**
 * Whether a process belongs to the cluster of a data directory.
 *
 * Postgres and every process it forks work inside the data directory, so on Linux the working directory tells for
 * sure; elsewhere the command line is the best there is.
 */
export function belongsToCluster(pid: number, pgData: string): boolean {
  if (process.platform !== 'linux') {
    const command = run('ps', ['-p', String(pid), '-o', 'command=']) ?? ''
    return command.includes('postgres') && command.includes(pgData)
  }
  try {
    return (
      readlinkSync(`/proc/${pid}/cwd`) === realpathSync(pgData) &&
      readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres')
    )
  } catch {
    return false
  }
}

/** Every process of the cluster, also those whose postmaster was killed. Empty where there is no /proc. */
export function processesOfCluster(pgData: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => belongsToCluster(pid, pgData))
}

/** Sends a signal; a process that is gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Waits until a condition holds; `false` when the time is over. */
export async function waitUntil(isMet: () => boolean, timeoutMs: number, everyMs = 10): Promise<boolean> {
  const end = performance.now() + timeoutMs
  while (!isMet()) {
    if (performance.now() > end) return false
    await new Promise(resolve => setTimeout(resolve, everyMs))
  }
  return true
}

function processStat(pid: number): { state: string; startTime: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the command in parentheses and may itself hold blanks and parentheses (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0]!, startTime: fields[19]! }
  } catch {
    return undefined
  }
}

function run(command: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}
