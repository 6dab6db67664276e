import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityOf } from './token.ts'

const sign = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`

test('a renewed token is the same identity, another user or another claim is not', () => {
  const ada = identityOf(sign({ sub: 'ada', role: 'é?>', iat: 1, exp: 2, jti: 'a' }))
  assert.equal(identityOf(sign({ sub: 'ada', role: 'é?>', iat: 5, exp: 6, jti: 'b' })), ada)
  assert.notEqual(identityOf(sign({ sub: 'bob', role: 'é?>', iat: 1, exp: 2 })), ada)
  assert.notEqual(identityOf(sign({ sub: 'ada', role: 'admin' })), ada)
})

test('a token that cannot be read stands for itself, none for nobody', () => {
  assert.equal(identityOf('opaque'), 'opaque')
  assert.equal(identityOf('a.b.c'), 'a.b.c')
  assert.notEqual(identityOf(undefined), identityOf('opaque'))
})
