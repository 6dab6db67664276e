import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isNotModified } from './not-modified.ts'

test('the tag itself, in a list, weak or as *', () => {
  for (const header of ['"a"', 'W/"a"', '"b", "a"', '"b",W/"a" , "c"', '*', ' * '])
    assert.ok(isNotModified(header, '"a"'), header)
  assert.ok(isNotModified('"a"', 'W/"a"'))
})

test('nothing else', () => {
  for (const header of [undefined, '', '"b"', 'a', '"A"', '"a', '"b, a"', 'W/"b"'])
    assert.ok(!isNotModified(header, '"a"'), header)
  assert.ok(!isNotModified('*', undefined))
})
