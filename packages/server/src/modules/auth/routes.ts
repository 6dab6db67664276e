import { TestToken, TestTokenRequest } from '@cloudbox/protocol/auth'
import type { Environment } from '../../kernel/caller.ts'
import { route, type Route } from '../../kernel/route.ts'
import { signToken } from './token.ts'

export function authRoutes(keyOf: (environment: Environment) => Promise<Buffer>): Route[] {
  return [
    route(
      'POST /auth/test-token',
      {
        summary: 'Sign a token of a simulated end user',
        description:
          'For tests and first steps: policies see `uid` as `auth.uid` and every claim as `auth.<claim>`.',
        access: 'secret',
        body: TestTokenRequest,
        reply: TestToken,
      },
      async ({ environment, body }) => {
        const issuedAt = Math.floor(Date.now() / 1000)
        const expiresAt = issuedAt + (body.expiresInSeconds ?? 3600)
        const claims = { ...body.claims, sub: body.uid, aud: environment.id, iat: issuedAt, exp: expiresAt }
        const token = signToken(await keyOf(environment), claims)
        return { json: { token, expiresAt: new Date(expiresAt * 1000).toISOString() } satisfies TestToken }
      },
    ),
  ]
}
