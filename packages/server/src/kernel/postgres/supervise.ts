import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log.ts'
import type { Postmaster } from './postmaster.ts'

const firstDelayMs = 100
const longestDelayMs = 10_000
/** A Postgres that ran this long was healthy: the next restart waits the shortest time again. */
const healthyMs = 60_000

/** Keeps Postgres running until it is told to stop. */
export interface Supervised {
  /** Calls back after each unexpected end, once Postgres accepts connections again. */
  onRestart(heard: () => void): void
  stop(): Promise<void>
}

/** Starts Postgres again, ever later, whenever it ends without being asked to. */
export function supervise(first: Postmaster, restart: () => Promise<Postmaster>, log: Log): Supervised {
  const listeners: (() => void)[] = []
  const stopping = new AbortController()
  let current: Postmaster | undefined = first

  const watch = async () => {
    let delayMs = firstDelayMs
    while (current !== undefined) {
      const startedAt = performance.now()
      const reason = await current.ended
      if (stopping.signal.aborted) return
      log.error('postgres.ended', { pid: current.pid, reason })
      if (performance.now() - startedAt > healthyMs) delayMs = firstDelayMs
      current = undefined
      while (current === undefined) {
        await sleep(delayMs, undefined, { signal: stopping.signal })
        delayMs = Math.min(delayMs * 2, longestDelayMs)
        current = await restart().catch((error: unknown) => {
          log.error('postgres.restart-failed', { error })
          return undefined
        })
      }
      log.warn('postgres.restarted', { pid: current.pid })
      if (!stopping.signal.aborted) for (const heard of listeners) heard()
    }
  }
  const watched = watch().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error
  })

  return {
    onRestart: heard => void listeners.push(heard),
    stop: async () => {
      stopping.abort()
      await current?.stop()
      await watched
      // A restart that was under way when we were told to stop has ended by now.
      await current?.stop()
    },
  }
}
