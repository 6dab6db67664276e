import { createHmac, sign, timingSafeEqual, verify, type KeyObject } from 'node:crypto'

/** How tokens are signed. HS256 only where Postgres has to verify them. */
export type Algorithm = 'ES256' | 'EdDSA' | 'RS256' | 'HS256'

/** A key that verifies, and signs when it has the private part. */
export interface TokenKey {
  readonly kid: string
  readonly algorithm: Algorithm
  /** Verifies; of HS256, also signs. */
  readonly publicKey: KeyObject | Buffer
  readonly privateKey?: KeyObject
}

/** What a token says. */
export interface Claims {
  /** The user's id. */
  readonly sub: string
  /** The environment's id: a token of another environment is refused. */
  readonly aud: string
  /** Seconds since 1970. */
  readonly iat: number
  readonly exp: number
  readonly [claim: string]: unknown
}

/** Signs claims as a compact JWT that names its key. */
export function signJwt({ kid, algorithm, publicKey, privateKey }: TokenKey, claims: Claims): string {
  const message = `${encode({ alg: algorithm, typ: 'JWT', kid })}.${encode(claims)}`
  const signature = Buffer.isBuffer(publicKey)
    ? hmac(publicKey, message)
    : sign(digestOf(algorithm), Buffer.from(message), { key: privateKey!, dsaEncoding: 'ieee-p1363' })
  return `${message}.${signature.toString('base64url')}`
}

/**
 * The claims of a token whose signature is right. The algorithm is the one of our key, whatever the token says of itself.
 * @param find our key of that id
 * @returns undefined when it is no token, names no key of ours, or its signature is wrong
 */
export function verifyJwt(token: string, find: (kid: string) => TokenKey | undefined): Claims | undefined {
  const [head, payload, signature, ...rest] = token.split('.')
  if (head === undefined || payload === undefined || signature === undefined || rest.length > 0)
    return undefined
  const kid = (decode(head) as { kid?: unknown } | undefined)?.kid
  const key = typeof kid === 'string' ? find(kid) : undefined
  if (key === undefined) return undefined
  if (!isSignature(key, `${head}.${payload}`, Buffer.from(signature, 'base64url'))) return undefined
  return decode(payload) as Claims | undefined
}

function isSignature({ algorithm, publicKey }: TokenKey, message: string, given: Buffer): boolean {
  if (Buffer.isBuffer(publicKey)) {
    const expected = hmac(publicKey, message)
    return given.length === expected.length && timingSafeEqual(given, expected)
  }
  return verify(
    digestOf(algorithm),
    Buffer.from(message),
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    given,
  )
}

function digestOf(algorithm: Algorithm): string | null {
  return algorithm === 'EdDSA' ? null : 'sha256'
}

function hmac(key: Buffer, message: string): Buffer {
  return createHmac('sha256', key).update(message).digest()
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString())
  } catch {
    return undefined
  }
}
