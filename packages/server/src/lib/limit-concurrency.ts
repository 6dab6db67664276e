/** Makes a function that runs work, but never more than `limit` pieces at a time; the others wait in order. */
export function limitConcurrency(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async work => {
    if (running >= limit) await new Promise<void>(resolve => waiting.push(resolve))
    else running++
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
