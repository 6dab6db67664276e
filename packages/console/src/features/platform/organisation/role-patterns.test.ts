import assert from 'node:assert/strict'
import { test } from 'node:test'
import { permissions } from '@cloudbox/protocol/permissions'
import { offeredPatterns, wordsOf } from './role-patterns.ts'

test('every permission is offered, and a pattern for every noun that has several', () => {
  const offered = offeredPatterns(permissions).map(({ pattern }) => pattern)
  for (const name of Object.keys(permissions)) assert.ok(offered.includes(name), name)
  assert.ok(offered.includes('users.*') && offered.includes('*.read'))
  assert.ok(!offered.includes('roles.*'))
  assert.equal(new Set(offered).size, offered.length)
})

test('words are separated by whatever people put between them', () => {
  assert.deepEqual(wordsOf(' users.read,\n keys.* '), ['users.read', 'keys.*'])
  assert.deepEqual(wordsOf(''), [])
})
