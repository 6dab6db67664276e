import type { BackTestReply, Severity } from '@cloudbox/protocol/alerts'
import type { Operation } from '../../../kernel/observation.ts'
import type { Frame } from '../../monitoring/module.ts'
import { advance, allWell, type RuleState, type Timing } from './advance.ts'
import { judgeOf } from './judge.ts'

export type PastIncident = BackTestReply['incidents'][number]

/** Somebody who is fed frames, the oldest first, and says what a rule would have told. */
export interface BackTest {
  feed(frame: Frame): void
  incidents(): PastIncident[]
}

export function backTest(
  rule: Timing & { readonly severity: Severity },
  operationAt: (index: number) => Operation,
): BackTest {
  const judge = judgeOf(rule.condition, rule.severity, operationAt)
  const over: PastIncident[] = []
  let state: RuleState = allWell
  /** As it was last told. */
  let severity: Severity = rule.severity
  return {
    feed(frame) {
      const verdict = judge.feed(frame)
      const before = state
      const { state: after, event } = advance(before, verdict, rule)
      if (after.phase === 'firing' && event !== undefined) severity = after.severity
      if (event === 'resolved' && before.phase === 'firing') over.push(told(before, verdict.at, severity))
      state = after
    },
    incidents: () => (state.phase === 'firing' ? [...over, told(state, null, severity)] : over),
  }
}

function told(
  { since: from, firedAt, peak }: Extract<RuleState, { phase: 'firing' }>,
  to: number | null,
  severity: Severity,
): PastIncident {
  return { from, firedAt, to, peak, severity }
}
