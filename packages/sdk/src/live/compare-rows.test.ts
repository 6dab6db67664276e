import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareRows, compareText } from './compare-rows.ts'

const byCodePoints = (a: string, b: string): number => {
  const [pointsA, pointsB] = [a, b].map(text => Array.from(text, char => char.codePointAt(0) ?? 0))
  for (let at = 0; at < Math.min(pointsA!.length, pointsB!.length); at++)
    if (pointsA![at] !== pointsB![at]) return pointsA![at]! - pointsB![at]!
  return pointsA!.length - pointsB!.length
}

const sorted = (values: readonly unknown[], direction: 'asc' | 'desc') =>
  values
    .map((value, at) => ({ id: String(at), value }))
    .sort(compareRows([['value', direction]]))
    .map(row => row.value)

test('text is ordered by code point', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'Z', 'é', '\u{E000}', '\u{FFFD}', '\u{1F600}', '\u{10000}'),
  })
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(compareText(a, b)), Math.sign(byCodePoints(a, b)))
    }),
  )
  assert.ok(compareText('\u{FFFD}', '\u{1F600}') < 0, 'UTF-16 units would say the opposite')
})

test('absent values come last, and first when descending', () => {
  assert.deepEqual(sorted([2, null, 10, undefined, 1], 'asc'), [1, 2, 10, null, undefined])
  assert.deepEqual(sorted([2, null, 10, 1], 'desc'), [null, 10, 2, 1])
})

test('false is before true', () => {
  assert.deepEqual(sorted([true, false, null], 'asc'), [false, true, null])
})

test('timestamps with and without fractions are ordered by time', () => {
  const times = [
    '2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00.25Z',
    '2026-01-01T00:00:00.5Z',
    '2026-01-01T00:00:01Z',
  ]
  assert.deepEqual(sorted([...times].reverse(), 'asc'), times)
})

test('ties are broken by the next field, then by id, ascending', () => {
  const rows = [
    { id: 'c', a: 1, b: 1 },
    { id: 'b', a: 1, b: 2 },
    { id: 'a', a: 1, b: 2 },
  ]
  const order = [
    ['a', 'asc'],
    ['b', 'desc'],
  ] as const
  assert.deepEqual(
    rows.sort(compareRows(order)).map(row => row.id),
    ['a', 'b', 'c'],
  )
})

test('a path into json is followed', () => {
  const rows = [
    { id: '1', meta: { size: 3 } },
    { id: '2', meta: { size: 1 } },
    { id: '3', meta: null },
  ]
  assert.deepEqual(
    rows.sort(compareRows([['meta->size', 'asc']])).map(row => row.id),
    ['2', '1', '3'],
  )
})

test('the comparison is a total order', () => {
  const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
  const row = fc.record({ id: fc.uuid(), a: value, b: value })
  const order = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom<'asc' | 'desc'>('asc', 'desc')))
  fc.assert(
    fc.property(order, row, row, row, (by, x, y, z) => {
      const compare = compareRows(by)
      assert.equal(Math.sign(compare(x, y)) + Math.sign(compare(y, x)), 0)
      if (compare(x, y) < 0 && compare(y, z) < 0) assert.ok(compare(x, z) < 0)
      if (x.id !== y.id) assert.notEqual(compare(x, y), 0)
    }),
  )
})
