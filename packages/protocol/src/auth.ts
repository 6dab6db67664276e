import { Type, type Static, type TSchema } from 'typebox'
import { defineProblems } from './problem.ts'

/** Problems of accounts and their tokens. None of them tells whether an account exists. */
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
  'session-ended': {
    status: 401,
    title: 'The session has ended',
    hint: 'The user has to sign in again.',
  },
  'session-not-found': { status: 404, title: 'No such session' },
  'refresh-token-invalid': { status: 401, title: 'The refresh token is not valid' },
  'refresh-token-reused': {
    status: 401,
    title: 'The refresh token was used before',
    hint: 'Somebody may have copied it, so the session was ended. The user has to sign in again.',
  },
  'sign-in-needed': {
    status: 401,
    title: 'A signed-in user is needed',
    hint: 'Send the access token of the user as Authorization: Bearer.',
  },
  'wrong-credentials': { status: 400, title: 'E-mail or password is wrong' },
  'email-not-verified': {
    status: 403,
    title: 'The e-mail address is not verified',
    hint: 'Open the link that was mailed, or ask for another with POST /v1/auth/resend.',
  },
  banned: { status: 403, title: 'This account is suspended' },
  refused: { status: 403, title: 'The app does not let this account in' },
  'not-enabled': { status: 403, title: 'This way in is switched off' },
  'account-exists': { status: 409, title: 'There is such an account already' },
  'user-not-found': { status: 404, title: 'No such user' },
  'link-invalid': {
    status: 400,
    title: 'The link or code is not valid (any more)',
    hint: 'Links and codes work once and for a short time. Ask for a new one.',
  },
  'redirect-not-allowed': {
    status: 400,
    title: 'The address is not among the allowed redirects',
    hint: 'Add it to redirectUrls with PATCH /v1/auth/settings.',
  },
  'step-up-needed': {
    status: 403,
    title: 'A fresh or stronger sign-in is needed',
    hint: 'Sign in again, or verify a second factor.',
  },
  'public-url-missing': {
    status: 503,
    title: 'The server does not know its public address',
    hint: 'Set CLOUDBOX_PUBLIC_URL: links in mails must not come from what a request says.',
  },
  'invalid-settings': { status: 422, title: 'The settings of accounts are not valid' },
  'settings-changed': {
    status: 409,
    title: 'The settings are not those the change was made for',
    hint: 'Nothing was changed. Compare them anew, and decide with what they are now.',
  },
  'unknown-settings-change': { status: 404, title: 'No such change of settings was applied here' },

  // Identity providers
  'unknown-provider': {
    status: 404,
    title: 'There is no such provider here',
    hint: 'Set its clientId with PATCH /v1/auth/settings.',
  },
  'provider-unavailable': {
    status: 503,
    title: 'The provider does not answer',
    hint: 'Try again in a moment, or use another way in.',
  },
  'provider-refused': { status: 502, title: 'The provider refused the sign-in' },
  'sign-in-cancelled': { status: 403, title: 'The sign-in was cancelled at the provider' },
  'state-invalid': {
    status: 400,
    title: 'This sign-in is not one that was begun here',
    hint: 'It is too old, was finished already or began elsewhere. Start again in the app.',
  },
  'id-token-invalid': { status: 400, title: 'The ID token is not valid' },
  'identity-taken': {
    status: 409,
    title: 'Another account signs in with this identity',
    hint: 'Unlink it there first.',
  },
  'identity-not-found': { status: 404, title: 'No such identity' },
  'last-way-in': {
    status: 409,
    title: 'There would be no way in any more',
    hint: 'Set a password or link another provider first.',
  },

  // Mail
  'mail-not-configured': {
    status: 503,
    title: 'This environment cannot send mails',
    hint: 'Set smtpUrl and mailFrom with PATCH /v1/auth/settings.',
  },
  'messages-not-configured': {
    status: 503,
    title: 'This environment cannot send messages to phones',
    hint: 'Set sms with PATCH /v1/auth/settings.',
  },
  'invalid-address': { status: 422, title: 'This is not an address' },
  'invalid-template': { status: 422, title: 'The template is not valid' },
  'unknown-mail': { status: 404, title: 'There is no such mail' },

  // Second factors, passkeys, phones
  'factor-not-found': { status: 404, title: 'No such factor' },
  'wrong-code': {
    status: 400,
    title: 'The code is wrong',
    hint: 'A code of an app is good once and for half a minute; a backup code is good once.',
  },
  'too-many-factors': { status: 409, title: 'The account has as many of these as it may have' },
  'passkey-invalid': {
    status: 400,
    title: 'The passkey was not accepted',
    hint: 'Ask for options and try again; what a passkey signs is good once.',
  },
  'passkeys-not-ready': {
    status: 503,
    title: 'Passkeys do not know their domain',
    hint: 'Set siteUrl or passkeyRpId with PATCH /v1/auth/settings.',
  },
  'not-as-somebody-else': {
    status: 403,
    title: 'Only the user himself may do this',
    hint: 'This session was opened by an operator who acts as the user.',
  },
})

const email = Type.String({ minLength: 3, maxLength: 254, pattern: '^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$' })
const phone = Type.String({ pattern: '^\\+[1-9][0-9]{6,14}$', description: 'E.164, as in +491701234567.' })
const password = Type.String({ minLength: 1, maxLength: 1024 })
const redirectTo = Type.Optional(
  Type.String({ maxLength: 2048, description: 'Where to go afterwards; one of the allowed redirects.' }),
)
const captchaToken = Type.Optional(Type.String({ maxLength: 8192 }))
const codeChallenge = Type.Optional(
  Type.String({
    minLength: 43,
    maxLength: 43,
    description: 'SHA-256 of the verifier in base64url (PKCE): the code is of use to its maker only.',
  }),
)
const metadata = Type.Record(Type.String(), Type.Unknown())
const closed = { additionalProperties: false } as const
const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])

/** A user as he sees himself. */
export const User = Type.Object({
  id: Type.String(),
  email: nullable(Type.String()),
  emailVerified: Type.Boolean(),
  phone: nullable(Type.String()),
  phoneVerified: Type.Boolean(),
  name: nullable(Type.String()),
  avatarUrl: nullable(Type.String()),
  role: nullable(Type.String()),
  roles: Type.Array(Type.String()),
  /** Custom claims, `auth.<name>` in policies. Only the secret key changes them. */
  claims: nullable(metadata),
  /** What the user may change himself. */
  metadata: nullable(metadata),
  locale: nullable(Type.String()),
  isAnonymous: Type.Boolean(),
  /** ISO 8601, as all times. */
  bannedUntil: nullable(Type.String()),
  lastSignInAt: nullable(Type.String()),
  createdAt: Type.String(),
  updatedAt: Type.String(),
})
export type User = Static<typeof User>

/** A session just opened or refreshed. */
export const SessionReply = Type.Object({
  /** A JWT to send as `Authorization: Bearer …`. */
  accessToken: Type.String(),
  /** Gives the next pair, once. Keep it as safe as a password. */
  refreshToken: Type.String(),
  /** When the access token ends, ISO 8601. */
  expiresAt: Type.String(),
  expiresInSeconds: Type.Integer(),
  user: User,
})
export type SessionReply = Static<typeof SessionReply>

/** Answer of a sign-up: a session, or null when the address has to be verified first. */
export const SignUpReply = Type.Object({
  session: nullable(SessionReply),
  /** A mail with a link was sent (to an address that has an account: a mail that says so). */
  confirmationSent: Type.Boolean(),
})
export type SignUpReply = Static<typeof SignUpReply>

/** Body of `POST /v1/auth/sign-up`. */
export const SignUpRequest = Type.Object(
  {
    email,
    password,
    name: Type.Optional(Type.String({ maxLength: 200 })),
    metadata: Type.Optional(metadata),
    locale: Type.Optional(Type.String({ maxLength: 35 })),
    redirectTo,
    codeChallenge,
    captchaToken,
  },
  closed,
)
export type SignUpRequest = Static<typeof SignUpRequest>

/** Body of `POST /v1/auth/sign-in`. */
export const SignInRequest = Type.Object({ email, password, captchaToken }, closed)
export type SignInRequest = Static<typeof SignInRequest>

/** Body of `POST /v1/auth/anonymous`. */
export const AnonymousRequest = Type.Object({ captchaToken }, closed)

/** Body of `POST /v1/auth/refresh`. */
export const RefreshRequest = Type.Object({ refreshToken: Type.String({ maxLength: 200 }) }, closed)

/** Body of `POST /v1/auth/sign-out`. */
export const SignOutRequest = Type.Object(
  {
    scope: Type.Optional(
      Type.Enum(['local', 'others', 'global'], {
        description: 'This session (default), all others, or all.',
      }),
    ),
  },
  closed,
)

/** Body of `POST /v1/auth/recover`, `/resend`: mails a link. */
export const MailLinkRequest = Type.Object({ email, redirectTo, codeChallenge, captchaToken }, closed)
export type MailLinkRequest = Static<typeof MailLinkRequest>

/** Body of `POST /v1/auth/otp`: mails a link or a code that signs in, or sends a code to a phone. Either of the two is named. */
export const OtpRequest = Type.Object(
  {
    email: Type.Optional(email),
    phone: Type.Optional(phone),
    kind: Type.Optional(
      Type.Enum(['link', 'code'], { description: 'link by default; a phone always gets a code.' }),
    ),
    createUser: Type.Optional(
      Type.Boolean({ description: 'Whether an unknown address gets an account; true unless told.' }),
    ),
    redirectTo,
    codeChallenge,
    captchaToken,
  },
  closed,
)
export type OtpRequest = Static<typeof OtpRequest>

/** Body of `POST /v1/auth/verify`: a code from a mail or a message. */
export const VerifyRequest = Type.Object(
  {
    email: Type.Optional(email),
    phone: Type.Optional(phone),
    code: Type.String({ pattern: '^[0-9]{6}$' }),
  },
  closed,
)
export type VerifyRequest = Static<typeof VerifyRequest>

/** Body of `POST /v1/auth/confirm`: the token of a mailed link, sent by the page behind it. */
export const ConfirmRequest = Type.Object({ token: Type.String({ maxLength: 100 }) }, closed)
/** Where the page goes afterwards, with a one-time `code` in the query; null: it just says that it is done. */
export const ConfirmReply = Type.Object({ redirectTo: nullable(Type.String()) })

/** Body of `POST /v1/auth/exchange`: a one-time code from a redirect becomes a session. */
export const ExchangeRequest = Type.Object(
  {
    code: Type.String({ maxLength: 100 }),
    codeVerifier: Type.Optional(Type.String({ minLength: 43, maxLength: 128 })),
  },
  closed,
)

/** Body of `PATCH /v1/auth/user`: what a user changes about himself. */
export const UserChange = Type.Object(
  {
    email: Type.Optional(email),
    phone: Type.Optional(nullable(phone)),
    password: Type.Optional(password),
    currentPassword: Type.Optional(password),
    name: Type.Optional(nullable(Type.String({ maxLength: 200 }))),
    avatarUrl: Type.Optional(nullable(Type.String({ maxLength: 2048, pattern: '^https?://' }))),
    metadata: Type.Optional(nullable(metadata)),
    locale: Type.Optional(nullable(Type.String({ maxLength: 35 }))),
    redirectTo,
  },
  closed,
)
export type UserChange = Static<typeof UserChange>

/** Body of `POST /v1/auth/user/phone`: the code that was sent to a new number. */
export const PhoneChange = Type.Object({ phone, code: Type.String({ pattern: '^[0-9]{6}$' }) }, closed)

/** Answer of a change: the user, and whether a new address or number waits for its confirmation. */
export const UserChangeReply = Type.Object({ user: User, confirmationSent: Type.Boolean() })

/** What `scopes` are made of: names with spaces between. */
const scopes = Type.Optional(
  Type.String({ maxLength: 2000, description: 'Asked of the provider beside the usual ones.' }),
)
const provider = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$' })
const challenge = Type.String({
  pattern: '^[A-Za-z0-9_-]{43}$',
  description:
    'SHA-256 of a verifier in base64url (PKCE): only who keeps the verifier may exchange the code.',
})

/** Query of `GET /v1/auth/authorize`, where a browser goes to sign in with a provider. */
export const AuthorizeQuery = Type.Object({ provider, redirectTo, codeChallenge: challenge, scopes })

/** Body of `POST /v1/auth/identities/authorize`: links another identity to the user who asks. */
export const LinkIdentityRequest = Type.Object(
  { provider, redirectTo, codeChallenge: challenge, scopes },
  closed,
)
export type LinkIdentityRequest = Static<typeof LinkIdentityRequest>

/** An address for the browser to go to. */
export const GoTo = Type.Object({ url: Type.String() })

/** Who a user is at a provider. */
export const Identity = Type.Object({
  id: Type.String(),
  provider: Type.String(),
  /** His id there. */
  subject: Type.String(),
  email: nullable(Type.String()),
  createdAt: Type.String(),
  lastUsedAt: Type.String(),
})
export type Identity = Static<typeof Identity>

/** Body of `POST /v1/auth/id-token`: an ID token that a native app got from the provider. */
export const IdTokenRequest = Type.Object(
  {
    provider,
    idToken: Type.String({ maxLength: 16_384 }),
    nonce: Type.Optional(
      Type.String({
        maxLength: 200,
        description: 'Needed where the token has one: the same, or what it is the SHA-256 of (in hex).',
      }),
    ),
  },
  closed,
)

/** What the page of a made-up provider sends: who to be, or null for none. */
export const FakeChoice = Type.Object(
  {
    /** The page's own query: what the sign-in asked for. */
    query: Type.String({ maxLength: 8192 }),
    person: nullable(
      Type.Object(
        { name: Type.String({ minLength: 1, maxLength: 200 }), email, emailVerified: Type.Boolean() },
        closed,
      ),
    ),
  },
  closed,
)
export type FakeChoice = Static<typeof FakeChoice>

/** Answer of `GET /v1/auth/options`: the ways in, for a page that offers them. */
export const AuthOptions = Type.Object({
  signUp: Type.Boolean(),
  password: Type.Boolean(),
  magicLink: Type.Boolean(),
  emailCode: Type.Boolean(),
  phoneCode: Type.Boolean(),
  anonymous: Type.Boolean(),
  passkeys: Type.Boolean(),
  providers: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), color: Type.String() })),
  captcha: nullable(Type.Object({ provider: Type.String(), siteKey: Type.String() })),
})
export type AuthOptions = Static<typeof AuthOptions>

/** A session in the list of devices. */
export const Device = Type.Object({
  id: Type.String(),
  /** The session that asks. */
  current: Type.Boolean(),
  browser: nullable(Type.String()),
  system: nullable(Type.String()),
  /** City and country, where a GeoIP file is configured. */
  place: nullable(Type.String()),
  ip: nullable(Type.String()),
  aal: Type.Integer(),
  methods: Type.Array(Type.String()),
  createdAt: Type.String(),
  lastSeenAt: Type.String(),
})
export type Device = Static<typeof Device>

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
  closed,
)
export type TestTokenRequest = Static<typeof TestTokenRequest>

/** Answer of `POST /v1/auth/test-token` and `POST /v1/auth/sql-token`. */
export const TestToken = Type.Object({
  /** A JWT to send as `Authorization: Bearer …`, or to set as `cloudbox.token` of an SQL connection. */
  token: Type.String(),
  /** When it expires, ISO 8601. */
  expiresAt: Type.String(),
})
export type TestToken = Static<typeof TestToken>
