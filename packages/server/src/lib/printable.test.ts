import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { printable } from './printable.ts'

test('what others say becomes one line without anything that acts', () => {
  assert.equal(printable('broken \0 here\r\n\tand \u001B[31mthere\u0085 ', 100), 'broken here and [31mthere')
  assert.equal(printable('\u202Eevil\u2066', 100), 'evil')
  assert.equal(printable('\0', 100), '')
})

test('it is cut between characters', () => {
  assert.equal(printable('a😀😀', 2), 'a😀')
  assert.equal(printable('half \uD83D', 100), 'half \uFFFD')
  const any = fc.string({ unit: fc.constantFrom('a', ' ', '\0', '\uD83D', '\uDE00', '😀', '\u202E') })
  fc.assert(
    fc.property(any, fc.nat(20), (text, most) => {
      const line = printable(text, most)
      assert.ok(line.isWellFormed() && !/[\p{Cc}\u202E]/u.test(line))
      assert.ok(Array.from(line).length <= most)
    }),
  )
})
