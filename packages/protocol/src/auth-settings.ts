import { Type, type Static } from 'typebox'

const closed = { additionalProperties: false } as const
const perMinute = (usual: number, description: string) =>
  Type.Integer({ default: usual, minimum: 0, maximum: 100_000, description: `${description} 0: no limit.` })
const onOff = (enabled: boolean, description: string) => Type.Boolean({ default: enabled, description })

/** Where a secret stood, in an answer: it is there, and never shown again. */
export const hiddenSecret = '•••'

/** A client of one identity provider. */
export const ProviderSettings = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean({ default: true })),
    clientId: Type.Optional(Type.String({ maxLength: 500 })),
    /** Write-only. */
    clientSecret: Type.Optional(Type.String({ maxLength: 5000 })),
    /** Client ids of native apps whose ID tokens are taken as well. */
    nativeClientIds: Type.Optional(Type.Array(Type.String({ maxLength: 500 }), { maxItems: 20 })),
    scopes: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { maxItems: 50 })),
    /** What else the provider needs: its tenant, domain, issuer … */
    settings: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 5000 }))),
    /** Of a generic provider: `oidc` or `oauth2`. */
    kind: Type.Optional(Type.Enum(['oidc', 'oauth2'])),
  },
  closed,
)
export type ProviderSettings = Static<typeof ProviderSettings>

/** Requests a minute that one address gets answered. */
const RateLimits = Type.Object(
  {
    signIn: perMinute(30, 'Sign-ins of one network address.'),
    signUp: perMinute(10, 'New accounts of one network address.'),
    mail: perMinute(10, 'Mails asked for by one network address.'),
    mailPerAddress: perMinute(3, 'Mails to one address.'),
    messages: perMinute(60, 'Messages to phones, all together: they cost money.'),
    confirm: perMinute(60, 'Links and codes of redirects redeemed by one network address.'),
  },
  { ...closed, default: {} },
)

/** Settings of the accounts of one environment. Times are seconds. */
export const AuthSettings = Type.Object(
  {
    siteUrl: Type.String({
      default: '',
      maxLength: 2048,
      description: 'Where the app is; links go there unless a request names another allowed address.',
    }),
    redirectUrls: Type.Array(Type.String({ maxLength: 2048 }), {
      default: [],
      maxItems: 100,
      description: 'Allowed redirects, exact; a `*` at the end of an origin and path allows what follows.',
    }),
    signUp: onOff(true, 'Strangers may make accounts.'),
    verifyEmail: onOff(true, 'A password account can be used only once its address is verified.'),
    password: onOff(true, 'Sign-in with e-mail and password.'),
    magicLink: onOff(true, 'Sign-in by a mailed link.'),
    emailCode: onOff(true, 'Sign-in by a mailed code.'),
    phoneCode: onOff(false, 'Sign-in by a code sent to a phone; needs `sms` where people are real.'),
    anonymous: onOff(false, 'Accounts without any credentials.'),
    passkeys: onOff(true, 'Sign-in with passkeys.'),
    passwordMinLength: Type.Integer({ default: 8, minimum: 6, maximum: 64 }),
    passwordRequires: Type.Array(Type.Enum(['lower', 'upper', 'digit', 'symbol']), { default: [] }),
    refuseBreachedPasswords: onOff(false, 'Asks haveibeenpwned.com with five digits of a hash.'),
    accessTokenSeconds: Type.Integer({ default: 900, minimum: 60, maximum: 3600 }),
    signingAlgorithm: Type.Enum(['ES256', 'EdDSA', 'RS256'], { default: 'ES256' }),
    sessionSeconds: Type.Integer({
      default: 2_592_000,
      minimum: 300,
      maximum: 31_536_000,
      description: 'Longest life of a session.',
    }),
    sessionIdleSeconds: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 31_536_000,
      description: 'A session that is not used for this long ends; 0: never.',
    }),
    singleSession: onOff(false, 'Signing in ends all other sessions of the user.'),
    mailLanguage: Type.String({ default: 'en', maxLength: 35 }),
    appName: Type.String({
      default: '',
      maxLength: 100,
      description: 'Named in mails; the project unless set.',
    }),
    smtpUrl: Type.String({
      default: '',
      maxLength: 2048,
      description: 'smtp://user:password@host:port; write-only.',
    }),
    mailFrom: Type.String({ default: '', maxLength: 320, description: 'Name <address> of the sender.' }),
    sms: Type.Union(
      [
        Type.Null(),
        Type.Object(
          {
            provider: Type.Literal('twilio'),
            accountSid: Type.String({ pattern: '^AC[0-9a-f]{32}$' }),
            /** The auth token; write-only. */
            secret: Type.String({ minLength: 1, maxLength: 500 }),
            /** A number of yours, a name, or the id of a messaging service (`MG…`). */
            from: Type.String({ minLength: 1, maxLength: 40 }),
          },
          closed,
        ),
        Type.Object(
          {
            provider: Type.Literal('webhook'),
            url: Type.String({ maxLength: 2048, pattern: '^https?://' }),
            /** Signs what is sent; write-only. */
            secret: Type.String({ minLength: 16, maxLength: 500 }),
          },
          closed,
        ),
      ],
      { default: null, description: 'Who sends messages to phones.' },
    ),
    captcha: Type.Union(
      [
        Type.Null(),
        Type.Object(
          {
            provider: Type.Enum(['turnstile', 'hcaptcha', 'recaptcha']),
            siteKey: Type.String({ maxLength: 500 }),
            secret: Type.String({ maxLength: 500 }),
          },
          closed,
        ),
      ],
      { default: null },
    ),
    providers: Type.Record(Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$' }), ProviderSettings, {
      default: {},
    }),
    rateLimits: RateLimits,
    passkeyRpId: Type.String({
      default: '',
      maxLength: 253,
      description: 'Domain that passkeys belong to; the host of siteUrl unless set.',
    }),
    passkeyOrigins: Type.Array(Type.String({ maxLength: 2048 }), {
      default: [],
      maxItems: 100,
      description:
        'Who may use passkeys besides pages of siteUrl and redirectUrls: origins, or `android:apk-key-hash:…` of an app.',
    }),
  },
  closed,
)
export type AuthSettings = Static<typeof AuthSettings>

/** Those settings to change; a null provider is removed. */
export const AuthSettingsChange = Type.Partial(
  Type.Object({ ...AuthSettings.properties, rateLimits: Type.Partial(RateLimits) }, closed),
)
export type AuthSettingsChange = Static<typeof AuthSettingsChange>
