import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import type { Connection } from '../kernel/db.ts'

/** What the program writes, a line each: its own messages and the log of the kernel. */
export interface Message {
  readonly event: string
  readonly pid?: number
  readonly code?: string
  readonly message?: string
  readonly connection?: Connection
  readonly url?: string
}

/** Another process that holds the cluster of a data directory. */
export interface ClusterProcess {
  readonly pid: number
  /** Waits for a message; those that came before count. Throws when the process ends without it. */
  heard(...events: readonly string[]): Promise<Message>
  /** Sends a signal and waits for the end; the exit code, or `null` when the signal ended it. */
  end(signal: 'SIGINT' | 'SIGKILL'): Promise<number | null>
}

const program = fileURLToPath(new URL('./cluster-process.ts', import.meta.url))

export function startClusterProcess(
  dataDir: string,
  user: { uid?: number; gid?: number } = {},
): ClusterProcess {
  const child = spawn(process.execPath, [program, dataDir], { ...user, stdio: ['ignore', 'pipe', 'pipe'] })
  // Not inherited: whoever waits for the end of what a test says would wait for the child as well.
  child.stderr.pipe(process.stderr)
  const messages: Message[] = []
  const ended = once(child, 'close')
  let wake = () => {}
  createInterface(child.stdout).on('line', line => {
    messages.push(JSON.parse(line) as Message)
    wake()
  })
  return {
    pid: child.pid!,
    heard: async (...events) => {
      for (;;) {
        const found = messages.find(({ event }) => events.includes(event))
        if (found !== undefined) return found
        const more = new Promise<string>(resolve => (wake = () => resolve('more')))
        if ((await Promise.race([more, ended])) !== 'more') break
      }
      throw new Error(`ended without ${events.join(' or ')}: ${JSON.stringify(messages)}`)
    },
    end: async signal => {
      child.kill(signal)
      await ended
      return child.exitCode
    },
  }
}
