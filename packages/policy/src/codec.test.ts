import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeRow, decodeText, fromJson, rowFromJson } from './codec.ts'
import { compareDecimals, parseDecimal } from './decimal.ts'
import type { TableSchema, ValueType } from './schema.ts'
import { encodeDate, encodeTimestamp, parseDate, parseDuration, parseTimestamp } from './time.ts'

const decoded: [ValueType, boolean, string | null, unknown][] = [
  ['bool', false, 't', true],
  ['bool', false, 'f', false],
  ['int', false, '42', 42],
  ['int', false, '9007199254740993', 9007199254740993n],
  ['double', false, 'NaN', NaN],
  ['double', false, '-Infinity', -Infinity],
  ['decimal', false, '1.500', '1.5'],
  ['decimal', false, '-0.00', '0'],
  ['timestamp', false, '2024-02-29 23:59:59.999999+00', 1709251199999999],
  ['timestamp', false, '0001-01-01 00:00:00+00 BC', -62167219200000000n],
  ['timestamp', false, 'infinity', Infinity],
  ['date', false, '1970-01-02', 1],
  ['date', false, '-infinity', -Infinity],
  ['json', false, '{"a": null}', { a: null }],
  ['json', false, 'null', undefined],
  ['geopoint', false, '(1,2)', '(1,2)'],
  ['string', false, null, undefined],
  ['string', true, '{}', []],
  ['string', true, '{a,NULL,"NULL","b,\\"c\\\\",""}', ['a', undefined, 'NULL', 'b,"c\\', '']],
  ['int', true, '{1,NULL,9007199254740993}', [1, undefined, 9007199254740993n]],
  ['bool', true, '{t,f}', [true, false]],
]
for (const [type, list, text, value] of decoded) {
  test(`decodes ${text} as ${type}${list ? '[]' : ''}`, () =>
    assert.deepEqual(decodeText(type, list, text), value))
}

const fromWire: [ValueType, unknown, unknown][] = [
  ['int', 1, 1],
  ['int', -0, 0],
  ['int', 1.5, undefined],
  ['int', '9007199254740993', 9007199254740993n],
  ['int', 'x', undefined],
  ['double', '1', undefined],
  ['double', 'NaN', NaN],
  ['decimal', '0.10', '0.1'],
  ['decimal', 1e21, '1000000000000000000000'],
  ['uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  ['timestamp', '1970-01-01T00:00:00.000001+00:00', 1],
  ['timestamp', '1970-01-01', undefined],
  ['date', '1970-01-02', 1],
  ['string', 1, undefined],
  ['string', 'a\0', undefined],
  ['bool', 'true', undefined],
  ['json', null, undefined],
  ['json', [null], [null]],
]
for (const [type, json, value] of fromWire) {
  test(`reads ${JSON.stringify(json)} as ${type}`, () => assert.deepEqual(fromJson(type, false, json), value))
}

test('rows are by column, and a flexible one keeps what it does not know', () => {
  const table: TableSchema = {
    name: 'x',
    table: 'x',
    fields: {
      dueOn: { type: 'date', column: 'due_on' },
      tags: { type: 'string', list: true, column: 'tags' },
    },
    flexible: { column: '$extra' },
  }
  assert.deepEqual(rowFromJson(table, { dueOn: '1970-01-02', tags: ['a', null], color: 'red' }), {
    due_on: 1,
    tags: ['a', undefined],
    $extra: { color: 'red' },
  })
  assert.deepEqual(
    decodeRow(table, { due_on: '1970-01-02', tags: null, $extra: '{"color": "red"}', xmin: '1' }),
    {
      due_on: 1,
      tags: undefined,
      $extra: { color: 'red' },
    },
  )
  const hostile = rowFromJson(table, JSON.parse('{"__proto__": {"a": 1}}') as Record<string, unknown>)
  assert.deepEqual(Object.keys(hostile['$extra'] as object), ['__proto__'])
})

test('decimals are exact', () => {
  assert.deepEqual(
    ['1', '01.10', '1e3', '1.5e-3', '.5', '-.0', '1_0', '', '.', 'nan', '-inf', '1e9999'].map(parseDecimal),
    [
      '1',
      '1.1',
      '1000',
      '0.0015',
      '0.5',
      '0',
      undefined,
      undefined,
      undefined,
      'NaN',
      '-Infinity',
      undefined,
    ],
  )
  const sorted = [
    '-Infinity',
    '-10',
    '-9.5',
    '-0.1',
    '0',
    '0.09',
    '0.1',
    '9',
    '10',
    '10.01',
    'Infinity',
    'NaN',
  ]
  for (const [i, a] of sorted.entries()) {
    for (const [j, b] of sorted.entries())
      assert.equal(Math.sign(compareDecimals(a, b)), Math.sign(i - j), `${a} ${b}`)
  }
})

test('times are exact, and dates that do not exist are refused', () => {
  assert.equal(parseTimestamp('2023-02-29T00:00:00Z'), undefined)
  assert.equal(parseTimestamp('2024-02-29T24:00:00Z'), undefined)
  assert.equal(parseTimestamp('1970-01-01T01:00:00.0000019+01:00'), 1)
  assert.equal(parseDate('1900-02-29'), undefined)
  assert.equal(parseDate('2000-02-29'), 11016)
  assert.deepEqual(['1h30m', '-1.5s', '1us', '999ns', '1d', ''].map(parseDuration), [
    5_400_000_000,
    -1_500_000,
    1,
    0,
    undefined,
    undefined,
  ])
  assert.equal(encodeTimestamp(-1), '1969-12-31 23:59:59.999999+00')
  assert.equal(encodeTimestamp(-62167219200000000n), '0001-01-01 00:00:00.000000+00 BC')
  assert.deepEqual([0, -719529, 2932897, Infinity].map(encodeDate), [
    '1970-01-01',
    '0002-12-31 BC',
    '10000-01-01',
    'infinity',
  ])
})
