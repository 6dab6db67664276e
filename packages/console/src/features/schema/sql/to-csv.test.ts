import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toCsv } from './to-csv.ts'

test('fields are quoted where they have to be, and null is told from nothing', () => {
  assert.equal(
    toCsv(
      ['a', 'b,c'],
      [
        ['x', null],
        ['', 'say "hi"\n'],
      ],
    ),
    'a,"b,c"\r\nx,\r\n"","say ""hi""\n"\r\n',
  )
})
