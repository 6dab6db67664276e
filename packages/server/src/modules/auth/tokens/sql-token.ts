import type { TestToken, TestTokenRequest } from '@cloudbox/protocol/auth'
import type { Caller } from '../../../kernel/caller.ts'
import type { Accounts } from '../accounts.ts'
import { signJwt } from './jwt.ts'

/** A token that Postgres can verify, with the claims and the end of another. */
export function signSqlToken(
  { keys }: Accounts,
  { uid, claims }: Extract<Caller, { kind: 'user' }>,
): TestToken {
  const { aud, iat, exp } = claims as { aud: string; iat: number; exp: number }
  return { token: signJwt(keys.forSql, { ...claims, sub: uid, aud, iat, exp }), expiresAt: isoOf(exp) }
}

/** The token of a user who need not exist. */
export function signTestToken(
  { keys, environment, issuer, clock }: Accounts,
  { uid, claims, expiresInSeconds = 3600 }: TestTokenRequest,
): TestToken {
  const iat = Math.floor(clock.now() / 1000)
  const exp = iat + expiresInSeconds
  const token = signJwt(keys.forSql, { ...claims, sub: uid, iss: issuer, aud: environment.id, iat, exp })
  return { token, expiresAt: isoOf(exp) }
}

function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}
