import type { AlertCondition, Severity } from '@cloudbox/protocol/alerts'
import type { Verdict } from './verdict.ts'

/** How a rule stands; plain data, kept between two verdicts. */
export type RuleState =
  | { readonly phase: 'ok' }
  | { readonly phase: 'pending'; readonly since: number; readonly peak: number }
  | {
      readonly phase: 'firing'
      readonly since: number
      readonly firedAt: number
      readonly peak: number
      /** How urgent it is now. */
      readonly severity: Severity
      /** Since when it has been less urgent than that; left out: it is not. */
      readonly calmSince?: number
      /** Since when all has been well again; null: it is not. */
      readonly wellSince: number | null
    }

export interface Advanced {
  readonly state: RuleState
  /** What somebody wants to hear of. */
  readonly event?: 'fired' | 'escalated' | 'resolved'
}

/** What of a rule decides when it fires and when that is over. */
export interface Timing {
  readonly condition: AlertCondition
  readonly resolveMinutes: number
}

export const allWell: RuleState = { phase: 'ok' }
const minuteMs = 60_000

/**
 * How a rule stands after a verdict: ok → pending → firing → ok. It is over when all has been well for long enough, so that
 * what comes and goes is one incident. What is less urgent for as long is so without a word, and urgent anew when it is worse
 * again. Over a time that nobody has counted nothing is concluded; what is kept of a time that has not come yet is of a clock
 * that was set back since, and begins anew.
 */
export function advance(
  before: RuleState,
  verdict: Verdict,
  { condition, resolveMinutes }: Timing,
): Advanced {
  const { at, since, isBreach, isAfterGap, severity } = verdict
  const value = verdict.value ?? 0
  const worse = (peak: number) =>
    condition.kind === 'threshold' && condition.is === 'below' ? Math.min(peak, value) : Math.max(peak, value)

  if (before.phase === 'firing') {
    const { calmSince, ...firing } = before
    const isWorse = isBreach && severity === 'page' && before.severity === 'ticket'
    const isCalmer = severity === 'ticket' && before.severity === 'page'
    const isKnownCalm = calmSince !== undefined && calmSince <= at && !isAfterGap
    const calm = isCalmer ? (isKnownCalm ? calmSince : since) : undefined
    const hasCalmed = calm !== undefined && at - calm >= resolveMinutes * minuteMs
    const known = {
      // Members stay in their order: by it the evaluator sees whether anything has changed.
      ...(calm === undefined || hasCalmed ? firing : { ...before, calmSince: calm }),
      severity: isWorse || hasCalmed ? severity : before.severity,
    }
    if (isBreach) {
      const state = { ...known, peak: worse(before.peak), wellSince: null }
      return isWorse ? { state, event: 'escalated' } : { state }
    }
    const isWell = before.wellSince !== null && before.wellSince <= at && !isAfterGap
    const wellSince = isWell ? before.wellSince : since
    if (at - wellSince >= resolveMinutes * minuteMs) return { state: allWell, event: 'resolved' }
    return { state: { ...known, wellSince } }
  }

  if (!isBreach) return { state: allWell }
  const isKnown = before.phase === 'pending' && before.since <= at && !isAfterGap
  const known = isKnown ? before : undefined
  const began = known?.since ?? since
  const peak = known === undefined ? value : worse(known.peak)
  const neededMs = condition.kind === 'threshold' ? condition.minutes * minuteMs : 0
  if (at - began < neededMs) return { state: { phase: 'pending', since: began, peak } }
  return {
    state: { phase: 'firing', since: began, firedAt: at, peak, severity, wellSince: null },
    event: 'fired',
  }
}
