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

test('a part is told in thousandths of a percent, from which nobody learns how much was asked', () => {
  const good = (requests: number, failed: number) => goodPart([{ at: 0, requests, failed }])
  assert.equal(good(12_345, 7), 0.99943)
  assert.equal(good(48_611, 1), good(48_612, 1))
  for (const told of [good(918_273, 13), good(3, 1), good(7, 2), good(1e9, 1), good(100_000, 71_000)])
    assert.equal(Math.round(told! * 100_000) / 100_000, told)
})

test('where anything failed it is never all, and where nothing failed it is', () => {
  for (const requests of [1, 3, 99_999, 100_001, 1e7, 1e12]) {
    assert.ok(goodPart([{ at: 0, requests, failed: 1 }])! < 1)
    assert.equal(goodPart([{ at: 0, requests, failed: 0 }]), 1)
  }
})
