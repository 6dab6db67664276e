import { Type, type Static, type TSchema } from 'typebox'
import { Identity, User } from './auth.ts'
import { Factor } from './auth-factors.ts'
import { Passkey } from './auth-passkeys.ts'

const closed = { additionalProperties: false } as const
const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])
const record = Type.Record(Type.String(), Type.Unknown())

/** What the secret key may set of a user. */
const settable = {
  email: Type.Optional(
    nullable(Type.String({ minLength: 3, maxLength: 254, pattern: '^[^\\s@]+@[^\\s@]+$' })),
  ),
  emailVerified: Type.Optional(Type.Boolean()),
  phone: Type.Optional(nullable(Type.String({ pattern: '^\\+[1-9][0-9]{6,14}$' }))),
  phoneVerified: Type.Optional(Type.Boolean()),
  name: Type.Optional(nullable(Type.String({ maxLength: 200 }))),
  avatarUrl: Type.Optional(nullable(Type.String({ maxLength: 2048, pattern: '^https?://' }))),
  role: Type.Optional(nullable(Type.String({ maxLength: 100 }))),
  roles: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100 })),
  claims: Type.Optional(nullable(record)),
  metadata: Type.Optional(nullable(record)),
  locale: Type.Optional(nullable(Type.String({ maxLength: 35 }))),
}

/** Body of `POST /v1/auth/users`. */
export const NewUser = Type.Object(
  {
    /** A uuid, to keep the id of another system; made unless told. */
    id: Type.Optional(Type.String({ format: 'uuid' })),
    ...settable,
    password: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
    /** A hash of another system: bcrypt, argon2, scrypt of Firebase … */
    passwordHash: Type.Optional(Type.String({ maxLength: 1024 })),
    /** Who the user is at providers, as they know him. */
    identities: Type.Optional(
      Type.Array(
        Type.Object(
          { provider: Type.String({ maxLength: 40 }), subject: Type.String({ maxLength: 500 }) },
          closed,
        ),
        { maxItems: 20 },
      ),
    ),
    isAnonymous: Type.Optional(Type.Boolean()),
    bannedUntil: Type.Optional(nullable(Type.String({ format: 'date-time' }))),
    createdAt: Type.Optional(Type.String({ format: 'date-time' })),
  },
  closed,
)
export type NewUser = Static<typeof NewUser>

/** Body of `PATCH /v1/auth/users/:id`. */
export const UserPatch = Type.Object(
  {
    ...settable,
    password: Type.Optional(Type.String({ minLength: 1, maxLength: 1024 })),
    /** Until when the user is kept out, ISO 8601; null lets him in again. Ends his sessions. */
    bannedUntil: Type.Optional(nullable(Type.String({ format: 'date-time' }))),
  },
  closed,
)
export type UserPatch = Static<typeof UserPatch>

/** Query of `GET /v1/auth/users`. */
export const UserQuery = Type.Object(
  {
    search: Type.Optional(
      Type.String({ maxLength: 200, description: 'Part of a name or an address, or an id.' }),
    ),
    limit: Type.Optional(
      Type.String({ pattern: '^[1-9][0-9]{0,2}$', description: '50 unless told, 500 at most.' }),
    ),
    after: Type.Optional(Type.String({ description: 'The id of the last user of the page before.' })),
  },
  closed,
)

/** A page of users, the newest first. */
export const UserPage = Type.Object({
  users: Type.Array(User),
  /** `after` of the next page; null: this is the last. */
  next: nullable(Type.String()),
})

/** Answer of `GET /v1/auth/users/:id/ways-in`: what lets a user in, and what he proves besides. */
export const WaysIn = Type.Object({
  password: Type.Boolean(),
  identities: Type.Array(Identity),
  passkeys: Type.Array(Passkey),
  factors: Type.Array(Factor),
})
export type WaysIn = Static<typeof WaysIn>

/** An identity provider, whether it is set up or not. */
export const KnownProvider = Type.Object({
  id: Type.String(),
  name: Type.String(),
  color: Type.String(),
  kind: Type.Enum(['oidc', 'oauth2']),
  state: Type.Enum(['unused', 'incomplete', 'ready', 'off'], {
    description: '`incomplete`: something it needs is missing; `off`: set up, and switched off.',
  }),
  /** What the client needs besides its id and secret. */
  settings: Type.Array(Type.String()),
  /** It takes a secret of the client; some sign with a key instead. */
  takesSecret: Type.Boolean(),
  /** Asked for always. */
  scopes: Type.Array(Type.String()),
  trustsEmail: Type.Boolean(),
  /** Has to be entered at the provider, letter for letter. */
  redirectUri: Type.String(),
  docsUrl: nullable(Type.String()),
})
export type KnownProvider = Static<typeof KnownProvider>

/** Answer of `GET /v1/auth/providers`: those in use first. */
export const KnownProviders = Type.Object({ providers: Type.Array(KnownProvider) })

/** Body of `POST /v1/auth/users/import`. */
export const UserImport = Type.Object({ users: Type.Array(NewUser, { minItems: 1, maxItems: 1000 }) }, closed)

/** What became of an import: all that could be taken are there, each other one is named. */
export const UserImportReply = Type.Object({
  imported: Type.Integer(),
  refused: Type.Array(Type.Object({ at: Type.String(), message: Type.String() })),
})
export type UserImportReply = Static<typeof UserImportReply>

/** One entry of the audit log of accounts. */
export const AuditRow = Type.Object({
  id: Type.String(),
  at: Type.String(),
  action: Type.String(),
  userId: nullable(Type.String()),
  actor: Type.String(),
  ip: nullable(Type.String()),
  details: record,
})
export type AuditRow = Static<typeof AuditRow>
