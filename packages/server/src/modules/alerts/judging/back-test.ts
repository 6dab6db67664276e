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
  return {
    feed(frame) {
      const verdict = judge.feed(frame)
      const before = state
      const { state: after, event } = advance(before, verdict, rule)
      if (event === 'resolved' && before.phase === 'firing') over.push(told(before, verdict.at))
      state = after
    },
    incidents: () => (state.phase === 'firing' ? [...over, told(state, null)] : over),
  }
}

function told(state: Extract<RuleState, { phase: 'firing' }>, to: number | null): PastIncident {
  return { from: state.since, firedAt: state.firedAt, to, peak: state.peak, severity: state.severity }
}
