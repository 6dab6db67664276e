import type { AlertCondition, Severity } from '@cloudbox/protocol/alerts'
import type { Operation } from '../../../kernel/observation.ts'
import { burnRateJudge } from './judge-burn-rate.ts'
import { thresholdJudge } from './judge-threshold.ts'
import type { Judge } from './verdict.ts'

/** Somebody who judges a condition, live as well as in a back-test. */
export function judgeOf(
  condition: AlertCondition,
  severity: Severity,
  operationAt: (index: number) => Operation,
): Judge {
  return condition.kind === 'burn-rate'
    ? burnRateJudge(condition, operationAt)
    : thresholdJudge(condition, severity, operationAt)
}
