import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diffValues, valueText } from './diff-values.ts'

test('only what differs is told, at its place', () => {
  assert.deepEqual(diffValues({ a: 1, b: { c: 'x', d: [1] } }, { a: 1, b: { c: 'y', d: [1] }, e: true }), [
    { at: '/b/c', before: 'x', after: 'y' },
    { at: '/e', before: undefined, after: true },
  ])
})

test('what was made or removed differs as a whole', () => {
  assert.deepEqual(diffValues(null, { name: 'shop' }), [{ at: '', before: null, after: { name: 'shop' } }])
  assert.deepEqual(diffValues(null, null), [])
})

test('lists are one value, and names with slashes stay names', () => {
  assert.deepEqual(diffValues({ 'a/b': [1, 2] }, { 'a/b': [2] }), [
    { at: '/a~1b', before: [1, 2], after: [2] },
  ])
})

test('values are read as text', () => {
  assert.deepEqual(['dark', 3, null, undefined, { a: 1 }].map(valueText), [
    'dark',
    '3',
    'nothing',
    'nothing',
    '{"a":1}',
  ])
})
