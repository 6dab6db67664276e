import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signToken, verifyToken } from './token.ts'
import { tokenReader } from './token-reader.ts'

const secret = Buffer.alloc(32, 7)
const claims = { sub: 'ada', aud: 'env', iat: 1000, exp: 2000, role: 'admin' }
const token = signToken(secret, claims)
const at = (seconds: number) => seconds * 1000

test('a token says what was signed', () => {
  assert.deepEqual(verifyToken(secret, 'env', token, at(1500)), claims)
})

test('forged, foreign and expired tokens are refused', () => {
  const [head, , signature] = token.split('.')
  const forged = `${head}.${Buffer.from(JSON.stringify({ ...claims, sub: 'eve' })).toString('base64url')}.${signature}`
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1]}.`
  for (const wrong of [forged, unsigned, 'x', '', 'a.b.c', `${token}.x`, token.slice(0, -1)]) {
    assert.throws(() => verifyToken(secret, 'env', wrong, at(1500)), { code: 'auth/token-invalid' }, wrong)
  }
  assert.throws(() => verifyToken(Buffer.alloc(32, 8), 'env', token, at(1500)), {
    code: 'auth/token-invalid',
  })
  assert.throws(() => verifyToken(secret, 'other', token, at(1500)), { code: 'auth/token-invalid' })
  assert.throws(() => verifyToken(secret, 'env', token, at(2000)), { code: 'auth/token-expired' })
})

test('a token that was recognised once is refused when its time is over', () => {
  let now = at(1500)
  const read = tokenReader(secret, 'env', () => now)
  assert.equal(read(token), read(token))
  now = at(2000)
  assert.throws(() => read(token), { code: 'auth/token-expired' })
})
