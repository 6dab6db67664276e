import type { Clock } from '../kernel/clock.ts'

/** A clock that stands still until it is moved. */
export interface DrivenClock extends Clock {
  /** Lets time pass; resolves when what is due has been done. */
  advance(ms: number): Promise<void>
}

export function drivenClock(startMs: number): DrivenClock {
  const listeners = new Set<() => void | Promise<void>>()
  let nowMs = startMs
  return {
    now: () => nowMs,
    onJump(hear) {
      listeners.add(hear)
      return () => void listeners.delete(hear)
    },
    async advance(ms) {
      nowMs += ms
      await Promise.all([...listeners].map(hear => hear()))
    },
  }
}
