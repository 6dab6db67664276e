import { createHmac, timingSafeEqual } from 'node:crypto'
import { authProblems } from '@cloudbox/protocol/auth'
import { Problem } from '../../kernel/problem.ts'

/** What a user token says. */
export interface TokenClaims {
  /** The user's id. */
  readonly sub: string
  /** The environment's id: a token of another environment is refused. */
  readonly aud: string
  /** Seconds since 1970. */
  readonly iat: number
  readonly exp: number
  readonly [claim: string]: unknown
}

const header = encode({ alg: 'HS256', typ: 'JWT' })

export function signToken(secret: Buffer, claims: TokenClaims): string {
  const message = `${header}.${encode(claims)}`
  return `${message}.${signature(secret, message).toString('base64url')}`
}

/** Checks signature, environment and time. Only our own algorithm is taken, whatever the token's header says. */
export function verifyToken(
  secret: Buffer,
  environmentId: string,
  token: string,
  nowMs: number,
): TokenClaims {
  const [head, payload, signed, ...rest] = token.split('.')
  if (payload === undefined || signed === undefined || rest.length > 0)
    throw invalid('It is not a signed token.')
  const expected = signature(secret, `${head}.${payload}`)
  const given = Buffer.from(signed, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw invalid('Its signature is wrong.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as TokenClaims
  if (claims.aud !== environmentId) throw invalid('It belongs to another environment.')
  if (claims.exp * 1000 <= nowMs) {
    throw new Problem(
      authProblems['token-expired'],
      `The token ended at ${new Date(claims.exp * 1000).toISOString()}.`,
    )
  }
  return claims
}

function invalid(detail: string): Problem {
  return new Problem(authProblems['token-invalid'], detail)
}

function signature(secret: Buffer, message: string): Buffer {
  return createHmac('sha256', secret).update(message).digest()
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
