import { Type, type Static } from 'typebox'
import { defineProblems } from './problem.ts'

/** Problems of accounts and their tokens. */
export const authProblems = defineProblems('auth', {
  // Passwords and abuse.
  busy: { status: 503, title: 'Too many sign-ins at once', hint: 'Try again in a few seconds.' },
  'unknown-hash': {
    status: 422,
    title: 'The password hash cannot be imported',
    hint: 'Import the user without it: he sets a new password by a mailed link.',
  },
  'weak-password': { status: 422, title: 'The password is too weak' },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    hint: 'Wait for the seconds Retry-After says.',
  },
  'locked-out': {
    status: 429,
    title: 'Too many failed attempts',
    hint: 'Wait for the seconds Retry-After says, or set a new password.',
  },
  'captcha-needed': {
    status: 403,
    title: 'A captcha is needed',
    hint: 'Show the captcha and send its token as captchaToken.',
  },
  'captcha-failed': {
    status: 403,
    title: 'The captcha was not solved',
    hint: 'A token is good once and for a few minutes. Show the captcha again.',
  },
  'captcha-unavailable': {
    status: 503,
    title: 'The captcha cannot be checked now',
    hint: 'The service that issues it does not answer. Try again later.',
  },

  'token-invalid': { status: 401, title: 'The user token is not valid' },
  'token-expired': { status: 401, title: 'The user token has expired' },
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
