import assert from 'node:assert/strict'
import { test } from 'node:test'
import { base32 } from './base32.ts'
import { findStep, totp, totpUri } from './totp.ts'

const secret = Buffer.from('12345678901234567890')

test('codes are those of RFC 6238, appendix B', () => {
  const vectors = [
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
    [20000000000, '353130'],
  ] as const
  for (const [seconds, code] of vectors) assert.equal(totp(secret, Math.floor(seconds / 30)), code)
})

test('counters are those of RFC 4226, appendix D', () => {
  const codes = [
    '755224',
    '287082',
    '359152',
    '969429',
    '338314',
    '254676',
    '287922',
    '162583',
    '399871',
    '520489',
  ]
  codes.forEach((code, counter) => assert.equal(totp(secret, counter), code))
})

test('a code counts in its own step, the one before and the one after', () => {
  const atMs = 1_234_567_890_000
  const step = Math.floor(atMs / 30_000)
  for (const offset of [-1, 0, 1])
    assert.equal(findStep(secret, totp(secret, step + offset), atMs), step + offset)
  for (const offset of [-2, 2]) assert.equal(findStep(secret, totp(secret, step + offset), atMs), undefined)
  assert.equal(findStep(secret, '', atMs), undefined)
  assert.equal(findStep(secret, '00592', atMs), undefined)
})

test('base32 is that of RFC 4648, section 10', () => {
  const vectors = {
    '': '',
    f: 'MY',
    fo: 'MZXQ',
    foo: 'MZXW6',
    foob: 'MZXW6YQ',
    fooba: 'MZXW6YTB',
    foobar: 'MZXW6YTBOI',
  }
  for (const [plain, text] of Object.entries(vectors)) assert.equal(base32(Buffer.from(plain)), text)
})

test('the address for apps names issuer and account, whatever is in them', () => {
  const url = new URL(totpUri('ABC', 'A: B & C', 'ada+x@example.com'))
  assert.equal(url.protocol, 'otpauth:')
  assert.equal(decodeURIComponent(url.pathname), '/A  B & C:ada+x@example.com')
  assert.equal(url.searchParams.get('issuer'), 'A  B & C')
  assert.equal(url.searchParams.get('secret'), 'ABC')
})
