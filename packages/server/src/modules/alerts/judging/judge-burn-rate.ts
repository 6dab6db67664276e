import { burnWindows, type BurnRateCondition, type Severity } from '@cloudbox/protocol/alerts'
import type { Operation } from '../../../kernel/observation.ts'
import type { Frame } from '../../monitoring/module.ts'
import { RatioHistory, type Ratio } from './ratio-history.ts'
import { GapFinder, type Judge, type Verdict } from './verdict.ts'

const minuteMs = 60_000
export const defaultMinCount = 100
export const defaultMinBad = 5

/** Judges how fast the budget of bad requests is used. */
export function burnRateJudge(
  condition: BurnRateCondition,
  operationAt: (index: number) => Operation,
): Judge {
  const { target, minCount = defaultMinCount, minBad = defaultMinBad } = condition
  const history = new RatioHistory()
  const gaps = new GapFinder()
  const burnOf = ({ count, bad }: Ratio) => (count === 0 ? 0 : bad / count / (1 - target))

  return {
    feed(frame) {
      const { at, stepMs } = frame
      const end = at + stepMs
      history.add(at, stepMs, ratioOf(frame, condition, operationAt))
      let value = 0
      let breached: Severity | undefined
      for (const { longMinutes, shortMinutes, factor, severity } of burnWindows) {
        // A window shorter than what is known is judged by that.
        const long = history.since(end - Math.max(longMinutes * minuteMs, stepMs))
        // Of a server that has only begun, days say nothing yet.
        if (long.measuredMs < shortMinutes * minuteMs) continue
        if (long.count < minCount || long.bad < minBad) continue
        const short = history.since(end - Math.max(shortMinutes * minuteMs, stepMs))
        const burn = Math.min(burnOf(long), burnOf(short))
        value = Math.max(value, burn)
        if (burn >= factor) breached ??= severity
      }
      return {
        at: end,
        since: at,
        isAfterGap: gaps.isAfterGap(frame),
        value,
        isBreach: breached !== undefined,
        severity: breached ?? 'ticket',
      } satisfies Verdict
    },
  }
}

function ratioOf(
  { own }: Frame,
  { bad: badness, slowMs = 1, operation }: BurnRateCondition,
  operationAt: (index: number) => Operation,
): Ratio {
  let count = 0
  let bad = 0
  for (const [key, tally] of own?.tallies ?? []) {
    const { kind, name } = operationAt(Math.floor(key / 4))
    if (kind !== 'request' || (operation !== undefined && name !== operation)) continue
    const hasFailed = key % 4 === 3
    // What failed at once was not fast.
    if (badness === 'slow' && hasFailed) continue
    count += tally.count
    if (badness === 'slow') bad += tally.count - tally.durations.countUpTo(slowMs)
    else if (hasFailed) bad += tally.count
  }
  return { count, bad }
}
