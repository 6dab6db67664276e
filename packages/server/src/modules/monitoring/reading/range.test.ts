import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Problem } from '../../../kernel/problem.ts'
import { rangeOf, readTimes } from './range.ts'

const now = Date.parse('2026-03-01T12:34:56.789Z')
const keep = { secondsHours: 2, minutesDays: 3 }
const hour = 3_600_000
const day = 24 * hour

test('times are ms, ISO 8601, or how long ago', () => {
  const read = (from: string, to?: string) => readTimes({ from, to }, now)
  assert.deepEqual(read('-15m'), { from: now - 900_000, to: now })
  assert.deepEqual(read('-2d', '-24h'), { from: now - 2 * day, to: now - day })
  assert.deepEqual(read('1000', '2000'), { from: 1000, to: 2000 })
  assert.deepEqual(read('2026-03-01T00:00:00Z'), { from: Date.parse('2026-03-01T00:00:00Z'), to: now })
  assert.deepEqual(readTimes({}, now), { from: now - hour, to: now })
})

test('what is no time is refused with its place', () => {
  const cases: [from: string, to: string | undefined, at: string][] = [
    ['yesterday', undefined, '?/from'],
    ['-1w', undefined, '?/from'],
    ['-1h', 'never', '?/to'],
    ['-1h', '-2h', '?/from'],
    ['999999999999999999', undefined, '?/from'],
    ['-1h', '+275760-09-12T00:00:00Z', '?/to'],
    ['', undefined, '?/from'],
  ]
  for (const [from, to, at] of cases)
    assert.throws(
      () => readTimes({ from, to }, now),
      (error: unknown) => error instanceof Problem && error.errors?.[0]?.at === at,
      `${from} ${to}`,
    )
})

test('a time is told in whole points, at most 500, of windows that are still kept', () => {
  const cases: [from: number, to: number, step: number, base: number][] = [
    [now - hour, now, 10, 10],
    [now - 2 * hour, now, 20, 10],
    [now - 3 * hour, now, 60, 60],
    [now - day, now, 300, 60],
    [now - 4 * day, now, 3600, 3600],
    [now - 30 * day, now, 7200, 3600],
    [now - 400 * day, now, 86_400, 3600],
    [now - 3 * hour, now - 2.9 * hour, 60, 60],
  ]
  for (const [from, to, step, base] of cases) {
    const range = rangeOf({ from, to }, undefined, keep, now)
    assert.equal(range.step, step * 1000)
    assert.equal(range.base, base)
  }
})

test('a step that was asked for is kept, as far as there are windows for it', () => {
  const step = (wanted: string, from = now - hour) =>
    rangeOf({ from, to: now }, wanted, keep, now).step / 1000
  assert.equal(step('10'), 10)
  assert.equal(step('15'), 20)
  assert.equal(step('600'), 600)
  assert.equal(step('90', now - 5 * hour), 120)
  assert.throws(() => step('10', now - 2 * hour + 1), Problem)
})

test('what goes on is told by no point of its own', () => {
  const { from, to } = rangeOf({ from: now - 60_000, to: now }, undefined, keep, now)
  assert.deepEqual([from, to], [Date.parse('2026-03-01T12:33:50Z'), Date.parse('2026-03-01T12:34:50Z')])
  // A longer one that has been told in part is.
  const hours = rangeOf({ from: now - day, to: now }, '3600', keep, now)
  assert.equal(hours.to, Date.parse('2026-03-01T13:00:00Z'))
})

test('whatever is asked, points are whole, few, and cover the time', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 * day }),
      fc.integer({ min: 1, max: 400 * day }),
      (ago, length) => {
        const times = { from: now - ago, to: now - ago + length }
        const { from, to, step, base } = rangeOf(times, undefined, keep, now)
        assert.ok(from <= times.from && to >= Math.min(times.to, now - 10_000) && to > from)
        assert.equal((to - from) % step, 0)
        assert.equal(from % step, 0)
        assert.equal(step % (base * 1000), 0)
        assert.ok((to - from) / step <= 501)
      },
    ),
  )
})
