import type { Caller } from '../../kernel/caller.ts'
import { verifyToken } from './token.ts'
import { authProblems } from '@cloudbox/protocol/auth'
import { Problem } from '../../kernel/problem.ts'

/** Tokens known to be good; a user sends the same one with every request of a quarter of an hour. */
const cacheLimit = 10_000

/** Makes the reader of one environment's tokens. A token is verified once and then recognised. */
export function tokenReader(
  secret: Buffer,
  environmentId: string,
  now: () => number,
): (token: string) => Caller {
  const known = new Map<string, Extract<Caller, { kind: 'user' }>>()
  return token => {
    const caller = known.get(token)
    if (caller !== undefined && caller.expiresAtMs > now()) return caller
    known.delete(token)
    const { sub, ...claims } = verifyToken(secret, environmentId, token, now())
    if (typeof sub !== 'string' || sub === '')
      throw new Problem(authProblems['token-invalid'], 'It names no user.')
    if (known.size >= cacheLimit) known.delete(known.keys().next().value!)
    const fresh = { kind: 'user', uid: sub, claims, expiresAtMs: claims.exp * 1000 } as const
    known.set(token, fresh)
    return fresh
  }
}
