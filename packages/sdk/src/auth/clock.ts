/** Time, as a session needs it: tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970 by the clock of this device. */
  now(): number
  sleep(ms: number): Promise<void>
  /** Calls back later; gives the function that calls it off. Does not keep a process alive. */
  schedule(ms: number, work: () => void): () => void
}

/** The longest delay a timer can have. */
const mostMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
  schedule(ms, work) {
    const timer: unknown = setTimeout(work, Math.min(ms, mostMs))
    // On Node a timer is an object.
    if (typeof timer === 'object') (timer as { unref?(): void } | null)?.unref?.()
    return () => clearTimeout(timer as number)
  },
}
