import assert from 'node:assert/strict'
import { test } from 'node:test'
import { table } from './table.ts'
import { cutTo, harmless, widthOf, wrap } from './text.ts'

const plain = { paint: (_style: string, text: string) => text }
const long = 'a very long title that goes on and on, further than any terminal is wide, for sure'

test('a table fits the terminal, and is whole elsewhere', () => {
  const rows = [
    ['shop', long, '2027-01-31'],
    ['日本語', null, ''],
  ]
  const narrow = table({ ...plain, width: 40 }, ['NAME', 'TITLE', 'MADE'], rows).split('\n')
  for (const line of narrow) assert.ok(widthOf(line) <= 40, line)
  assert.match(narrow[1]!, /^shop {4}a very long title t… {2}2027-01-31$/)
  assert.equal(narrow[2]!.replaceAll(/ +/g, ' '), '日本語 – –')
  assert.ok(table({ ...plain, width: undefined }, ['NAME', 'TITLE', 'MADE'], rows).includes(long))
})

test('columns stay in line whatever the letters', () => {
  const names = ['abc', '日本', '👩‍👩‍👧', 'e\u0301a', '']
  const lines = table(
    { ...plain, width: undefined },
    ['NAME', 'NEXT'],
    names.map(name => [name, '|']),
  ).split('\n')
  const ends = lines.slice(1).map(line => widthOf(line.slice(0, line.indexOf('|'))))
  assert.deepEqual(new Set(ends).size, 1, lines.join('\n'))
})

test('text of others neither paints nor moves anything', () => {
  for (const text of ['\u001B[2J', 'a\rb', 'a\nb', '\u009B31m', '\u202Egnp.exe', '\u0007'])
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(harmless(text), /[\u0000-\u001F\u007F-\u009F\u202A-\u202E]/, JSON.stringify(text))
})

test('cutting and wrapping lose no more than they say', () => {
  assert.equal(cutTo('abcdef', 6), 'abcdef')
  assert.equal(cutTo('abcdefg', 6), 'abcde…')
  assert.equal(cutTo('日本語日本語', 6), '日本…')
  assert.deepEqual(wrap('one two three', 7), ['one two', 'three'])
  assert.deepEqual(wrap('unbreakable', 4), ['unbreakable'])
})
