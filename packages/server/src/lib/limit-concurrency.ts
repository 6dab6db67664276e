/** What is done when too many wait. */
export interface WaitingLimit {
  /** How many may wait at most. */
  readonly places: number
  /** The error of a piece of work that finds no place. */
  refuse(): Error
}

/**
 * Makes a function that runs work, but never more than `limit` pieces at a time; the others wait in order, any number
 * of them unless `waitingLimit` says how many.
 */
export function limitConcurrency(
  limit: number,
  waitingLimit?: WaitingLimit,
): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async work => {
    if (running < limit) running++
    else {
      if (waitingLimit !== undefined && waiting.length >= waitingLimit.places) throw waitingLimit.refuse()
      await new Promise<void>(resolve => waiting.push(resolve))
    }
    try {
      return await work()
    } finally {
      // The place goes to the one who waits; it is free only when nobody does.
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
