import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { signJwt, verifyJwt, type Algorithm, type TokenKey } from './jwt.ts'
import { readRefreshToken, writeRefreshToken } from './refresh-token.ts'

const claims = { sub: 'ada', aud: 'env', iat: 1, exp: 2 }
const text = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

function newKey(algorithm: Algorithm): TokenKey {
  const pair =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : algorithm === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { kid: algorithm, algorithm, ...pair }
}

for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const) {
  const key = newKey(algorithm)
  const find = (kid: string) => (kid === key.kid ? key : undefined)
  const [head, payload, signature] = signJwt(key, claims).split('.') as [string, string, string]

  test(`${algorithm}: a token verifies with its own key, whole`, () => {
    assert.deepEqual(verifyJwt(`${head}.${payload}.${signature}`, find), claims)
    const other = text({ ...claims, sub: 'eve' })
    for (const forged of [
      `${head}.${other}.${signature}`,
      `${head}.${payload}.${signature.slice(0, -4)}AAAA`,
      `${head}.${payload}.`,
      `${head}.${payload}`,
      `${head}.${payload}.${signature}.x`,
      `.${payload}.${signature}`,
      '',
    ])
      assert.equal(verifyJwt(forged, find), undefined, forged)
  })

  test(`${algorithm}: refuses a token that names another algorithm: none, or a secret that is our public key`, () => {
    const none = `${text({ alg: 'none', kid: key.kid })}.${payload}.`
    assert.equal(verifyJwt(none, find), undefined)
    const pem = (key.publicKey as Exclude<TokenKey['publicKey'], Buffer>).export({
      format: 'pem',
      type: 'spki',
    })
    const message = `${text({ alg: 'HS256', kid: key.kid })}.${payload}`
    const mac = createHmac('sha256', pem).update(message).digest('base64url')
    assert.equal(verifyJwt(`${message}.${mac}`, find), undefined)
  })
}

test('a token of an unknown key, or of none, is none', () => {
  const token = signJwt(newKey('ES256'), claims)
  assert.equal(
    verifyJwt(token, () => undefined),
    undefined,
  )
  const nameless = `${text({ alg: 'ES256' })}.${token.split('.').slice(1).join('.')}`
  assert.equal(
    verifyJwt(nameless, () => assert.fail('nothing is looked for')),
    undefined,
  )
})

test('a refresh token opens with the key of its environment only, and no bit of it may change', () => {
  const [key, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
  const ticket = { sessionId: '0198c1a0-0000-7000-8000-000000000001', counter: 7 }
  const token = writeRefreshToken(key, ticket)
  assert.deepEqual(readRefreshToken(key, token), ticket)
  assert.equal(readRefreshToken(other, token), undefined)
  const bytes = Buffer.from(token.slice(4), 'base64url')
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    assert.equal(readRefreshToken(key, `cbr_${changed.toString('base64url')}`), undefined, `bit ${bit}`)
  }
  for (const nonsense of ['', 'cbr_', token.slice(4), `cbr_${'A'.repeat(500)}`])
    assert.equal(readRefreshToken(key, nonsense), undefined)
})
