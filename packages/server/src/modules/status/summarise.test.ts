import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayMs, daysOf, goodPart, stateOf } from './summarise.ts'

const now = Date.UTC(2026, 10, 30, 12)

test('a day is as good as its requests, and unknown without any', () => {
  const days = daysOf(
    [
      { at: now, requests: 90, failed: 9 },
      { at: now - 3_600_000, requests: 10, failed: 1 },
      { at: now - 89 * dayMs, requests: 4, failed: 0 },
      { at: now - 90 * dayMs, requests: 4, failed: 4 },
    ],
    now,
  )
  assert.equal(days.length, 90)
  assert.deepEqual(days.at(-1), { day: '2026-11-30', good: 0.9 })
  assert.deepEqual(days.at(-2), { day: '2026-11-29', good: null })
  assert.deepEqual(days[0], { day: '2026-09-02', good: 1 })
})

test('now are the last five minutes, and a failure alone is none of the app', () => {
  const state = (requests: number, failed: number, ago = 0) =>
    stateOf([{ at: now - ago, requests, failed }], now)
  assert.equal(state(0, 0), 'operational')
  assert.equal(state(4, 4), 'operational')
  assert.equal(state(1000, 9), 'operational')
  assert.equal(state(1000, 10), 'degraded')
  assert.equal(state(10, 5), 'down')
  assert.equal(state(10, 10, 300_001), 'operational')
  assert.equal(stateOf([], now), 'operational')
})

test('nothing asked is neither good nor bad', () => {
  assert.equal(goodPart([]), null)
  assert.equal(goodPart([{ at: 0, requests: 8, failed: 2 }]), 0.75)
})
