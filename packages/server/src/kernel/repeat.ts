import { systemClock, type Clock } from './clock.ts'
import type { Log } from './log.ts'

/** Work that is done again and again. */
export interface Repeated {
  /** Ends it; resolves when what is under way is done. */
  stop(): Promise<void>
}

/**
 * Does some work every so often, never twice at once; what it throws is logged, and it is done again the next time.
 * It keeps no process alive. When the time jumps it is done at once.
 *
 * @param name of the event in the log, e.g. `platform.sweep`
 */
export function repeat(
  everyMs: number,
  log: Log,
  name: string,
  work: () => Promise<void>,
  clock: Clock = systemClock,
): Repeated {
  let running: Promise<void> | undefined
  const run = () =>
    (running ??= work()
      .catch((error: unknown) => log.warn(`${name}-failed`, { error }))
      .finally(() => (running = undefined)))
  const timer = setInterval(() => void run(), everyMs).unref()
  const hearNothing = clock.onJump(run)
  return {
    stop: async () => {
      clearInterval(timer)
      hearNothing()
      await running
    },
  }
}
