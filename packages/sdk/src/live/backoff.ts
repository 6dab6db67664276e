const firstMs = 300
const mostMs = 30_000

/**
 * How long to wait before the next attempt: anything between zero and a bound that doubles from 0.3 s to 30 s ("full
 * jitter"), so that the clients of a server that went down do not come back all at once.
 *
 * @param attempt - how many attempts failed before, from 0
 * @param random - a number from 0 up to 1
 */
export function backoffMs(attempt: number, random: number): number {
  return Math.round(random * Math.min(mostMs, firstMs * 2 ** attempt))
}
