import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileLike, lowerSimple } from './like.ts'

const cases: [text: string, pattern: string, like: boolean, ilike: boolean][] = [
  ['milk', 'milk', true, true],
  ['Milk', 'milk', false, true],
  ['milk', 'm%', true, true],
  ['milk', '%l%', true, true],
  ['milk', 'm_k', false, false],
  ['m😀k', 'm_k', true, true],
  ['', '%', true, true],
  ['', '_', false, false],
  ['a%b', 'a\\%b', true, true],
  ['axb', 'a\\%b', false, false],
  ['aab', '%ab', true, true],
  ['a\nb', 'a%b', true, true],
  ['İ', 'i', false, true],
  ['ß', 'SS', false, false],
  ['ΟΔΟΣ', 'οδος', false, false],
  ['ΟΔΟΣ', 'οδοσ', false, true],
]
for (const [text, pattern, like, ilike] of cases) {
  test(`${JSON.stringify(text)} against ${JSON.stringify(pattern)}`, () => {
    assert.equal(compileLike(pattern, false)(text), like)
    assert.equal(compileLike(pattern, true)(text), ilike)
  })
}

test('matches as the regular expression does', () => {
  const piece = fc.constantFrom('a', 'b', '%', '_', '😀')
  const text = fc.array(fc.constantFrom('a', 'b', '😀'), { maxLength: 8 }).map(parts => parts.join(''))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 7 }), text, (pieces, value) => {
      const source = pieces.map(part => (part === '%' ? '[^]*' : part === '_' ? '[^]' : part)).join('')
      assert.equal(compileLike(pieces.join(''), false)(value), new RegExp(`^${source}$`, 'u').test(value))
    }),
    { numRuns: 2000 },
  )
})

test('a pattern of many wildcards takes no longer than its lengths', () => {
  assert.equal(compileLike('%a'.repeat(50) + 'b', false)('a'.repeat(5000)), false)
})

test('lower case keeps the number of code points', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => [...lowerSimple(text)].length === [...text].length),
  )
})
