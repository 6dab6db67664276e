import type { BackTestReply, Severity } from '@cloudbox/protocol/alerts'
import type { Operation } from '../../../kernel/observation.ts'
import type { Frame } from '../../monitoring/module.ts'
import { advance, allWell, type RuleState, type Timing } from './advance.ts'
import { judgeOf } from './judge.ts'

export type PastIncident = BackTestReply['incidents'][number]

/** What a rule would have told over some frames, the oldest first. */
export function backTest(
  rule: Timing & { readonly severity: Severity },
  frames: Iterable<Frame>,
  operationAt: (index: number) => Operation,
): PastIncident[] {
  const judge = judgeOf(rule.condition, rule.severity, operationAt)
  const incidents: PastIncident[] = []
  let state: RuleState = allWell
  for (const frame of frames) {
    const verdict = judge.feed(frame)
    const before = state
    const { state: after, event } = advance(before, verdict, rule)
    if (event === 'resolved' && before.phase === 'firing') incidents.push(told(before, verdict.at))
    state = after
  }
  if (state.phase === 'firing') incidents.push(told(state, null))
  return incidents
}

function told(state: Extract<RuleState, { phase: 'firing' }>, to: number | null): PastIncident {
  return { from: state.since, firedAt: state.firedAt, to, peak: state.peak, severity: state.severity }
}
