import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matcherOf } from './match-regex.ts'
import { parseRegex } from './regex.ts'

const mistakes: [source: string, mistake: string][] = [
  ['a**', 'repeat of a repeat, or lazy repeat'],
  ['a*?', 'repeat of a repeat, or lazy repeat'],
  ['^*', 'repeat of an anchor'],
  ['*a', 'nothing to repeat'],
  ['a{2', 'malformed repeat; write a literal { as \\{'],
  ['a{3,2}', 'repeat range out of order'],
  ['a{101}', 'repeat over 100'],
  ['(a{100}){100}', 'its repeats multiply to too large a pattern'],
  ['(a', 'missing )'],
  ['a)', 'unbalanced )'],
  ['(?i)a', 'only (…) and (?:…) groups'],
  ['(?<n>a)', 'only (…) and (?:…) groups'],
  ['[]', 'empty class'],
  ['[a', 'missing ]'],
  ['[[:alpha:]]', '[ inside a class must be escaped'],
  ['[z-a]', 'range out of order'],
  ['[a-\\d]', 'range to a class'],
  ['[\\D]', 'negated class inside a class'],
  ['\\b', '\\b is not supported'],
  ['\\1', '\\1 is not supported'],
  ['a\\', 'backslash at the end'],
  ['a]', 'unescaped ]'],
  ['('.repeat(21), 'groups too deep'],
  ['a'.repeat(257), 'longer than 256 characters'],
]
for (const [source, mistake] of mistakes) {
  test(`rejects ${source.slice(0, 30)}`, () => assert.deepEqual(parseRegex(source), { mistake }))
}

test('patterns that make a backtracking engine explode take no time', () => {
  const hostile = [
    `${'(a|a)'.repeat(50)}b`,
    '(a*)*b',
    'a*a*a*a*a*a*a*b',
    `${'a?'.repeat(60)}${'a'.repeat(60)}b`,
    '(.*)*=(.*)*;',
  ]
  for (const source of hostile) assert.equal(matcherOf(source)('a'.repeat(20_000)), false, source)
})

test('a text that visits many states does not fill the memory', () => {
  const find = matcherOf('(a|b)*a(a|b){12}$')
  let text = ''
  for (let i = 0, seed = 1; i < 50_000; i++, seed = (seed * 1103515245 + 12345) % 2147483648)
    text += seed & 65536 ? 'a' : 'b'
  assert.equal(find(text), new RegExp('a[ab]{12}$').test(text))
})
