import type { StatusDay, StatusState } from '@cloudbox/protocol/status'
import type { RequestCount } from '../monitoring/module.ts'

/** What was asked in a part of a day, or in a whole one. */
export type Asked = RequestCount

export const dayMs = 86_400_000
export const shownDays = 90
/** What counts as now. */
export const nowMs = 300_000
/** One that fails at night makes nobody worry. */
const leastFailed = 5
const degradedPart = 0.01
const downPart = 0.5
/** Thousandths of a percent. */
const toldSteps = 100_000

/** The last ninety days, the oldest first. */
export function daysOf(parts: readonly Asked[], now: number): StatusDay[] {
  const today = Math.floor(now / dayMs)
  return Array.from({ length: shownDays }, (_, i) => {
    const day = today - shownDays + 1 + i
    return {
      day: new Date(day * dayMs).toISOString().slice(0, 10),
      good: goodPart(parts.filter(({ at }) => Math.floor(at / dayMs) === day)),
    }
  })
}

export function stateOf(parts: readonly Asked[], now: number): StatusState {
  const { requests, failed } = sum(parts.filter(({ at }) => at >= now - nowMs))
  if (failed < leastFailed) return 'operational'
  if (failed >= requests * downPart) return 'down'
  return failed >= requests * degradedPart ? 'degraded' : 'operational'
}

/**
 * Part of the requests that did not fail, as exact as the page shows it: from more digits one could compute how many there were.
 * Rounded down, so that it is 1 only where none failed. null where there were none.
 */
export function goodPart(parts: readonly Asked[]): number | null {
  const { requests, failed } = sum(parts)
  return requests === 0 ? null : Math.floor(((requests - failed) * toldSteps) / requests) / toldSteps
}

export function sum(parts: readonly Asked[]): Omit<Asked, 'at'> {
  let requests = 0
  let failed = 0
  for (const part of parts) {
    requests += part.requests
    failed += part.failed
  }
  return { requests, failed }
}
