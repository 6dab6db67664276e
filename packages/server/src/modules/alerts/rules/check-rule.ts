import { alertsProblems, type AlertCondition } from '@cloudbox/protocol/alerts'
import { metrics } from '@cloudbox/protocol/monitoring'
import type { ProblemDetail } from '@cloudbox/protocol/problem'
import { Problem } from '../../../kernel/problem.ts'

/**
 * Refuses a condition that could never be judged as it is meant.
 *
 * @throws Problem `alerts/invalid-rule`, every mistake with its place
 */
export function checkCondition(condition: AlertCondition): void {
  const errors =
    condition.kind === 'burn-rate' ? mistakesInBurnRate(condition) : mistakesInThreshold(condition)
  if (errors.length === 0) return
  throw new Problem(alertsProblems['invalid-rule'], errors[0]!.message, { errors })
}

function mistakesInBurnRate({
  bad,
  slowMs,
}: Extract<AlertCondition, { kind: 'burn-rate' }>): ProblemDetail[] {
  if (bad === 'slow' && slowMs === undefined)
    return [{ at: '/condition/slowMs', message: 'Say from how many milliseconds on a request is slow.' }]
  if (bad === 'failed' && slowMs !== undefined)
    return [{ at: '/condition/slowMs', message: 'Only what is slow has a limit in milliseconds.' }]
  return []
}

function mistakesInThreshold(condition: Extract<AlertCondition, { kind: 'threshold' }>): ProblemDetail[] {
  const { metric, of, operation, is, value, minCount = 0 } = condition
  const { unit, ofOperations } = metrics[metric]
  const errors: ProblemDetail[] = []
  if (!ofOperations && (of !== undefined || operation !== undefined))
    errors.push({
      at: '/condition/operation',
      message: `${metric} is a level of the whole environment or server: it is not counted by operation.`,
    })
  if (!ofOperations && minCount > 0)
    errors.push({ at: '/condition/minCount', message: `${metric} is a level: nothing is counted.` })
  if (unit === 'share' && value > 1)
    errors.push({ at: '/condition/value', message: `${metric} is a share from 0 to 1: 5 % is 0.05.` })
  if (unit === 'share' && value === 1 && is === 'above')
    errors.push({ at: '/condition/value', message: `${metric} is never above 1.` })
  if (value === 0 && is === 'below')
    errors.push({ at: '/condition/value', message: `${metric} is never below 0.` })
  return errors
}
