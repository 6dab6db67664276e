import assert from 'node:assert/strict'
import { test } from 'node:test'
import { conditionText, figureText, spanText } from './alert-words.ts'
import type { ThresholdCondition } from './alerts.ts'

const threshold = (change: Partial<ThresholdCondition>): ThresholdCondition => ({
  kind: 'threshold',
  metric: 'errorRate',
  is: 'above',
  value: 0.05,
  minutes: 5,
  ...change,
})

test('a condition is told as people say it', () => {
  assert.equal(conditionText(threshold({})), 'requests: share that failed above 5 % for 5 minutes')
  assert.equal(
    conditionText(threshold({ metric: 'p95', value: 1500, minutes: 1, operation: 'GET /data/:collection' })),
    'requests: 95th percentile of durations (GET /data/:collection) above 1,500 ms for a minute',
  )
  assert.equal(
    conditionText(threshold({ metric: 'count', of: 'job', is: 'below', value: 1, minutes: 0 })),
    'jobs: number below 1 a minute',
  )
  assert.equal(
    conditionText(threshold({ metric: 'storage', value: 2.5e9, minutes: 0 })),
    'storage above 2.5 GB',
  )
  assert.equal(
    conditionText({ kind: 'burn-rate', bad: 'failed', target: 0.999 }),
    'at least 99.9 % of requests succeed over 30 days',
  )
  assert.equal(
    conditionText({ kind: 'burn-rate', bad: 'slow', slowMs: 1500, target: 0.99 }),
    'at least 99 % of requests take at most 1,500 ms over 30 days',
  )
})

test('figures have as many digits as are read', () => {
  assert.equal(figureText(threshold({}), 0.123456), '12.346 %')
  assert.equal(figureText(threshold({ metric: 'bytesOut' }), 1_234_567), '1.235 MB a minute')
  assert.equal(
    figureText({ kind: 'burn-rate', bad: 'failed', target: 0.9 }, 14.4),
    '14.4× of what the budget allows',
  )
})

test('spans are told in the two units that matter', () => {
  const told = [400, 40_000, 720_000, 10_800_000, 11_100_000, 187_200_000, 259_200_000].map(spanText)
  assert.deepEqual(told, ['0 s', '40 s', '12 min', '3 h', '3 h 5 min', '2 d 4 h', '3 d'])
})
