import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AlertCondition } from '@cloudbox/protocol/alerts'
import { conditionKey } from './stored-states.ts'

test('conditions that are judged the same are the same', () => {
  const same = (a: AlertCondition, b: AlertCondition) => conditionKey(a) === conditionKey(b)
  const slow: AlertCondition = { kind: 'threshold', metric: 'p95', is: 'above', value: 500, minutes: 5 }
  assert.ok(same(slow, { ...slow, of: 'request', minCount: 0, noData: 'ok' }))
  assert.ok(same(slow, Object.fromEntries(Object.entries(slow).toReversed()) as AlertCondition))
  assert.ok(!same(slow, { ...slow, minCount: 1 }))
  assert.ok(!same(slow, { ...slow, noData: 'breach' }))
  assert.ok(!same(slow, { ...slow, operation: 'GET /data/:collection' }))
  const failed: AlertCondition = { kind: 'burn-rate', bad: 'failed', target: 0.999 }
  assert.ok(same(failed, { ...failed, minCount: 100, minBad: 5 }))
  assert.ok(!same(failed, { ...failed, minBad: 10 }))
})
