import { authProblems } from '@cloudbox/protocol/auth'
import { LRUCache } from 'lru-cache'
import type { Caller } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'
import { verifyJwt, type TokenKey } from './jwt.ts'

type User = Extract<Caller, { kind: 'user' }>

/** A token that was verified, and where: the same text is no token anywhere else. */
interface Known {
  readonly environmentId: string
  readonly user: User
}

/**
 * Tokens known to be good, of all environments: a user sends the same one with every request of a quarter of an hour. One
 * cache, because an empty one per environment would already cost more than all that is in it.
 */
export type KnownTokens = LRUCache<string, Known>

export function knownTokens(): KnownTokens {
  return new LRUCache({ max: 20_000 })
}

export interface TokenReaderOptions {
  readonly environmentId: string
  readonly issuer: string
  readonly known: KnownTokens
  findKey(kid: string): TokenKey | undefined
  /** The session was ended before its tokens did. */
  isRevoked(sessionId: string): boolean
  /** The token was made before something changed that it tells. */
  isOutdated(userId: string, madeAtMs: number): boolean
  now(): number
}

/**
 * Makes the reader of one environment's tokens. A token is verified once and then recognised by its whole text; its time and
 * its session are looked at each time.
 */
export function tokenReader(options: TokenReaderOptions): (token: string) => User {
  const { environmentId, known, isRevoked, isOutdated, now } = options
  return token => {
    const before = known.get(token)
    const user = before?.environmentId === environmentId ? before.user : verifyToken(token, options)
    if (user.expiresAtMs <= now()) {
      known.delete(token)
      throw new Problem(
        authProblems['token-expired'],
        `The token ended at ${new Date(user.expiresAtMs).toISOString()}.`,
      )
    }
    const { sid } = user.claims
    if (typeof sid === 'string' && isRevoked(sid))
      throw new Problem(authProblems['session-ended'], 'The session of this token was ended.')
    if (typeof sid === 'string' && isOutdated(user.uid, Number(user.claims.iat) * 1000))
      throw new Problem(authProblems['token-expired'], 'What the token says of the user has changed.')
    if (before?.user !== user) known.set(token, { environmentId, user })
    return user
  }
}

function verifyToken(token: string, { environmentId, issuer, findKey }: TokenReaderOptions): User {
  const verified = verifyJwt(token, findKey)
  if (verified === undefined) throw invalid('It is not signed by a key of this environment.')
  const { sub, iss, ...claims } = verified
  if (claims.aud !== environmentId) throw invalid('It belongs to another environment.')
  if (iss !== issuer) throw invalid('It was made by another issuer.')
  if (typeof sub !== 'string' || sub === '') throw invalid('It names no user.')
  if (typeof claims.exp !== 'number') throw invalid('It has no end.')
  return Object.freeze({ kind: 'user', uid: sub, claims, expiresAtMs: claims.exp * 1000 })
}

function invalid(detail: string): Problem {
  return new Problem(authProblems['token-invalid'], detail)
}
