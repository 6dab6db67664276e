import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** The app's own program beside CloudBox. */
export interface Companion {
  /** Resolves when it has ended, to its exit code. */
  readonly ended: Promise<number>
  /** Ends it with everything it has started. */
  stop(): Promise<void>
}

export interface CompanionOptions {
  /** As typed into a shell: `vite --host`. */
  readonly commandLine: string
  readonly cwd: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Hears every line it writes. */
  tell(line: string): void
}

/** How long it may take to end when it is asked to. */
const graceMs = 5000
const isWindows = process.platform === 'win32'

/** Starts it in a shell, as the leader of a group of processes of its own: whatever it starts ends with it. */
export function startCompanion({ commandLine, cwd, environment, tell }: CompanionOptions): Companion {
  const child = spawn(commandLine, {
    cwd,
    // The programs of the app come first, as in a script of npm.
    env: {
      ...environment,
      PATH: `${cwd}/node_modules/.bin${isWindows ? ';' : ':'}${environment['PATH'] ?? ''}`,
    },
    shell: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: !isWindows,
  })
  for (const stream of [child.stdout, child.stderr]) tellLines(stream, tell)
  const ended = new Promise<number>(resolve => {
    child.once('error', () => resolve(127))
    child.once('exit', code => resolve(code ?? 1))
  })
  return {
    ended,
    stop: async () => {
      signal(child, 'SIGTERM')
      const kill = setTimeout(() => signal(child, 'SIGKILL'), graceMs)
      await ended
      // The leader may be gone before those it has started.
      for (const giveUpAt = Date.now() + graceMs; isGroupAlive(child) && Date.now() < giveUpAt;)
        await new Promise(resolve => setTimeout(resolve, 20))
      clearTimeout(kill)
      signal(child, 'SIGKILL')
    },
  }
}

function tellLines(stream: Readable, tell: (line: string) => void): void {
  createInterface({ input: stream }).on('line', tell)
}

function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    if (isWindows) spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore' })
    else process.kill(-pid, name)
  } catch {
    // All have ended.
  }
}

function isGroupAlive({ pid }: ChildProcess): boolean {
  if (pid === undefined || isWindows) return false
  try {
    process.kill(-pid, 0)
    return true
  } catch {
    return false
  }
}
