import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sayDay, toBuckets } from './buckets.ts'

const dayAfter = (first: string, days: number) =>
  new Date(Date.parse(first) + days * 86_400_000).toISOString().slice(0, 10)

function days(first: string, count: number) {
  return Array.from({ length: count }, (_, n) => ({
    day: dayAfter(first, n),
    requests: 10,
    errors: 1,
    refused: 2,
    bytesIn: 5,
    bytesOut: 50,
    users: 3,
    visitors: 4,
  }))
}

test('a month is told by day', () => {
  const buckets = toBuckets({ days: days('2026-11-01', 30), weeks: [] })
  assert.equal(buckets.length, 30)
  assert.deepEqual(buckets[0], {
    begins: '2026-11-01',
    requests: 10,
    failed: 3,
    bytesIn: 5,
    bytesOut: 50,
    users: 3,
    visitors: 4,
  })
})

test('a year is told by week: requests are added up, people are not', () => {
  const weeks = [{ begins: '2026-01-05', users: 7, isOver: true, interrupted: false }]
  const buckets = toBuckets({ days: days('2026-01-01', 365), weeks })
  assert.equal(buckets.length, 53)
  assert.deepEqual([buckets[0]!.begins, buckets[0]!.requests], ['2025-12-29', 40])
  assert.deepEqual([buckets[1]!.begins, buckets[1]!.requests, buckets[1]!.users], ['2026-01-05', 70, 7])
  assert.equal(buckets[1]!.visitors, null)
})

test('days are said the same wherever one reads them', () => {
  assert.equal(sayDay('2026-11-23'), 'Nov 23')
})
