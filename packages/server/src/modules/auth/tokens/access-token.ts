import type { User } from '@cloudbox/protocol/auth'
import { signJwt, type Claims, type TokenKey } from './jwt.ts'

/** A session as its tokens tell of it. */
export interface TokenSession {
  readonly id: string
  /** 1, or 2 after a second factor. */
  readonly aal: number
  /** How the user proved himself: `password`, `oauth`, `totp` … */
  readonly methods: readonly string[]
  readonly impersonatedBy?: string | null
}

export interface AccessTokenOptions {
  readonly key: TokenKey
  readonly issuer: string
  readonly environmentId: string
  readonly lifeSeconds: number
  readonly nowMs: number
  /** An address that was not proved stays out: policies compare `auth.email`, and a provider may have been told any. */
  readonly provedEmailOnly: boolean
  /** Claims a hook adds. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** Claims that are ours: no custom claim takes their place. */
export const reservedClaims: ReadonlySet<string> = new Set([
  ...['iss', 'aud', 'sub', 'exp', 'iat', 'nbf', 'jti', 'sid', 'aal', 'amr', 'act'],
  ...['role', 'roles', 'email', 'emailVerified', 'phone', 'isAnonymous', 'uid', 'claims'],
])

/** Signs the access token of a session. Policies see every claim as `auth.<name>`. */
export function signAccessToken(
  user: User,
  { id, aal, methods, impersonatedBy }: TokenSession,
  { key, issuer, environmentId, lifeSeconds, nowMs, provedEmailOnly, extra }: AccessTokenOptions,
): { token: string; expiresAtMs: number } {
  const iat = Math.floor(nowMs / 1000)
  const custom = Object.entries({ ...user.claims, ...extra }).filter(([name]) => !reservedClaims.has(name))
  const claims: Claims = {
    ...Object.fromEntries(custom),
    iss: issuer,
    aud: environmentId,
    sub: user.id,
    sid: id,
    aal,
    amr: methods,
    ...(user.role === null ? {} : { role: user.role }),
    roles: user.roles,
    ...(user.email === null || (provedEmailOnly && !user.emailVerified)
      ? {}
      : { email: user.email, emailVerified: user.emailVerified }),
    ...(user.phone === null ? {} : { phone: user.phone }),
    isAnonymous: user.isAnonymous,
    // RFC 8693: who acts as the user.
    ...(impersonatedBy ? { act: { sub: impersonatedBy } } : {}),
    iat,
    exp: iat + lifeSeconds,
  }
  return { token: signJwt(key, claims), expiresAtMs: claims.exp * 1000 }
}
