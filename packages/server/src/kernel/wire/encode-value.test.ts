import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeValue } from './encode-value.ts'

test('values are written as Postgres reads them', () => {
  const cases: [unknown, string | null][] = [
    ['ä', 'ä'],
    [null, null],
    [undefined, null],
    [true, 'true'],
    [12n, '12'],
    [-0.5, '-0.5'],
    [Buffer.from([0, 255]), '\\x00ff'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [{ a: [1] }, '{"a":[1]}'],
    [[], '{}'],
    [['a"b', 'c\\d', null, 'NULL', ''], '{"a\\"b","c\\\\d",NULL,"NULL",""}'],
    [[[1, 2], [3]], '{{"1","2"},{"3"}}'],
  ]
  for (const [value, text] of cases) assert.equal(encodeValue(value), text)
})
