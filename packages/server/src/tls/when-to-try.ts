import type { Attempts } from './certificate-folder.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/**
 * How long after a failure the next attempt is made. CAs take a handful of failed ones an hour for a name (Let's Encrypt
 * five), and then none for a while.
 */
const pausesMs = [minuteMs, 5 * minuteMs, 20 * minuteMs, hourMs, 3 * hourMs, 6 * hourMs]
/** Whoever starts the server anew has perhaps mended something: up to so many attempts an hour are made for that. */
const startsAnHour = 3

/** When a certificate is to be replaced: a third of its time before it ends, however long that is. */
export function renewAt({ from, to }: { readonly from: number; readonly to: number }): number {
  return to - (to - from) / 3
}

/** When a certificate that is new is to be replaced: never before half of what is left of it, whatever the CA has dated it. */
export function renewNewAt(validity: { readonly from: number; readonly to: number }, now: number): number {
  return Math.max(renewAt(validity), now + (validity.to - now) / 2)
}

/** When to try next, after what has failed. */
export function nextAttemptAt({ failedAt, notBefore }: Attempts): number {
  const last = failedAt.at(-1)
  if (last === undefined) return notBefore
  const pause = pausesMs[Math.min(failedAt.length, pausesMs.length) - 1]!
  return Math.max(last + pause, notBefore)
}

/** When to try at a start. */
export function firstAttemptAt(attempts: Attempts, now: number): number {
  const lately = attempts.failedAt.filter(at => at > now - hourMs)
  return lately.length < startsAnHour ? Math.max(now, attempts.notBefore) : nextAttemptAt(attempts)
}

/** What is known after one more failure. */
export function failedAgain({ failedAt }: Attempts, now: number, retryAfterMs: number | undefined): Attempts {
  return {
    failedAt: [...failedAt, now].slice(-pausesMs.length),
    notBefore: retryAfterMs === undefined ? 0 : now + retryAfterMs,
  }
}
