import assert from 'node:assert/strict'
import { test } from 'node:test'
import { extendXid } from './extend-xid.ts'

test('an id keeps its epoch on both sides of a wrap', () => {
  const wrap = 1n << 32n
  assert.equal(extendXid(1000, 990n), 1000n)
  assert.equal(extendXid(980, 990n), 980n)
  assert.equal(extendXid(5, wrap - 3n), wrap + 5n)
  assert.equal(extendXid(4_294_967_290, wrap + 3n), wrap - 6n)
  assert.equal(extendXid(7, 5n * wrap + 2_000_000_000n), 5n * wrap + 7n)
})
