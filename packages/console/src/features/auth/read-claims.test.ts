import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readClaims } from './read-claims.ts'

test('claims are an object, or none', () => {
  assert.deepEqual(readClaims('{"plan": "pro"}'), { claims: { plan: 'pro' } })
  assert.deepEqual(readClaims(' \n'), { claims: null })
})

test('what is wrong is told', () => {
  assert.match(readClaims('{plan').mistake ?? '', /^This is no JSON: /)
  for (const text of ['[1]', '"pro"', 'null']) assert.match(readClaims(text).mistake ?? '', /object/, text)
})
