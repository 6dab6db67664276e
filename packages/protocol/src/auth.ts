import { Type, type Static } from 'typebox'
import { defineProblems } from './problem.ts'

/** Problems of accounts and their tokens. */
export const authProblems = defineProblems('auth', {
  'token-invalid': { status: 401, title: 'The user token is not valid' },
  'token-expired': { status: 401, title: 'The user token has expired' },

  // Mail
  'mail-not-configured': {
    status: 503,
    title: 'This environment cannot send mails',
    hint: 'Set smtpUrl and mailFrom with PATCH /v1/auth/settings.',
  },
  'invalid-address': { status: 422, title: 'This is not an e-mail address' },
  'invalid-template': { status: 422, title: 'The template is not valid' },
  'unknown-mail': { status: 404, title: 'There is no such mail' },
})

/** Body of `POST /v1/auth/test-token`: asks for a signed token of a simulated end user. */
export const TestTokenRequest = Type.Object(
  {
    /** The simulated user's id, `auth.uid` in policies. */
    uid: Type.String({ minLength: 1, maxLength: 200 }),
    /** Further claims, `auth.<name>` in policies. */
    claims: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    /** Seconds until the token expires; one hour unless told, thirty days at most. */
    expiresInSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_592_000 })),
  },
  { additionalProperties: false },
)
export type TestTokenRequest = Static<typeof TestTokenRequest>

/** Answer of `POST /v1/auth/test-token`. */
export const TestToken = Type.Object({
  /** A JWT to send as `Authorization: Bearer …`. */
  token: Type.String(),
  /** When it expires, ISO 8601. */
  expiresAt: Type.String(),
})
export type TestToken = Static<typeof TestToken>
