import type { AlertCondition, Severity } from '@cloudbox/protocol/alerts'
import type { Frame } from '../../monitoring/module.ts'

/** What a condition says at the end of a frame. */
export interface Verdict {
  /** End of the frame. */
  readonly at: number
  /** Begin of what was looked at. */
  readonly since: number
  /** Nobody has counted for a while before. */
  readonly isAfterGap: boolean
  readonly value: number | null
  readonly isBreach: boolean
  readonly severity: Severity
}

/** Judges a condition frame by frame, in the order of time. */
export interface Judge {
  feed(frame: Frame): Verdict
}

/** How far back a condition looks, ms. */
export function reachOf(condition: AlertCondition): number {
  return condition.kind === 'burn-rate' ? 73 * 3_600_000 : Math.max(condition.minutes, 1) * 60_000 + 60_000
}

/** A window or two may be missing: one that took long to collect. */
const patienceMs = 60_000

/** Notices when nobody has counted. */
export class GapFinder {
  #end: number | undefined

  isAfterGap({ at, stepMs }: Pick<Frame, 'at' | 'stepMs'>): boolean {
    const before = this.#end
    this.#end = at + stepMs
    return before !== undefined && at - before > Math.max(patienceMs, stepMs)
  }
}
