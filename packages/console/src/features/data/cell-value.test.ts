import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldType } from '@cloudbox/protocol/collection'
import { editText, isSameValue, parseCell, showCell } from './cell-value.ts'

const of = (type: FieldType, list = false) => ({ type, list })

for (const [type, typed, value] of [
  ['text', ' a ', ' a '],
  ['text', '', null],
  ['text', '""', ''],
  ['integer', ' 42 ', 42],
  ['number', '3.5', 3.5],
  ['decimal', '9.990', '9.990'],
  ['boolean', 'false', false],
  ['date', '2026-01-31', '2026-01-31'],
  ['timestamp', '2026-01-31 12:00', '2026-01-31T12:00Z'],
  ['timestamp', '2026-01-31', '2026-01-31'],
  ['timestamp', '2026-01-31T12:00+02:00', '2026-01-31T12:00+02:00'],
  ['json', '{"a":1}', { a: 1 }],
  ['json', 'null', null],
  ['geopoint', '{"lat":1,"lng":2}', { lat: 1, lng: 2 }],
] as const)
  test(`${type} typed as ${typed}`, () => assert.deepEqual(parseCell(typed, of(type)), { value }))

for (const [type, typed, list] of [
  ['integer', '1.5'],
  ['integer', '99999999999999999999'],
  ['number', 'x'],
  ['decimal', '1e5'],
  ['boolean', 'maybe'],
  ['date', '31.1.2026'],
  ['timestamp', 'soon'],
  ['json', '{'],
  ['text', '{"a":1}', true],
] as const)
  test(`${type} typed as ${typed} is told`, () => assert.ok('mistake' in parseCell(typed, of(type, list))))

test('what is shown can be typed again', () => {
  for (const [type, list, value] of [
    ['text', false, 'a'],
    ['integer', false, 5],
    ['boolean', false, true],
    ['text', true, ['a', 'b, c']],
    ['json', false, { a: [1] }],
    ['geopoint', false, { lat: 1, lng: 2 }],
  ] as const)
    assert.deepEqual(parseCell(editText(value, of(type, list)), of(type, list)), { value })
})

test('values are shown in one line', () => {
  assert.equal(showCell(['a', null], of('text', true)), 'a, null')
  assert.equal(showCell({ lat: 47.5, lng: 9.2 }, of('geopoint')), '47.5, 9.2')
  assert.equal(showCell('2026-11-29T21:28:27.211112+00:00', of('timestamp')), '2026-11-29 21:28:27')
  assert.equal(showCell(null, of('text')), '')
  assert.equal(showCell({ a: 1 }, of('json')), '{"a":1}')
})

test('absent and null are the same, and so are equal objects', () => {
  assert.ok(isSameValue(undefined, null))
  assert.ok(isSameValue({ a: 1 }, { a: 1 }))
  assert.ok(!isSameValue(0, null))
})
