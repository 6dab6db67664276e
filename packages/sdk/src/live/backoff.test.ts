import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffMs } from './backoff.ts'

test('the bound doubles from 0.3 s to 30 s', () => {
  assert.deepEqual(
    [0, 1, 2, 6, 7, 1000].map(attempt => backoffMs(attempt, 1)),
    [300, 600, 1200, 19200, 30000, 30000],
  )
})

test('the wait is anything below the bound', () => {
  assert.deepEqual(
    [0, 0.5].map(random => backoffMs(1, random)),
    [0, 300],
  )
})
