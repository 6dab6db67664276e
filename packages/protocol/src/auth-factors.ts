import { Type, type Static, type TSchema } from 'typebox'

const closed = { additionalProperties: false } as const
const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])
const name = Type.String({ minLength: 1, maxLength: 100 })

/** Body of `POST /v1/auth/factors`: begins to set a second factor up. */
export const NewFactor = Type.Object(
  {
    kind: Type.Enum(['totp'], { description: 'An authenticator app: six digits every half minute.' }),
    name: Type.Optional(name),
  },
  closed,
)
export type NewFactor = Static<typeof NewFactor>

/** What an authenticator app is given. It is shown once. */
export const NewFactorReply = Type.Object({
  id: Type.String(),
  /** Base32, to be typed in by hand. */
  secret: Type.String(),
  /** `otpauth://totp/…`, to be shown as a QR code. */
  uri: Type.String(),
})
export type NewFactorReply = Static<typeof NewFactorReply>

/** A second factor in the list of a user. */
export const Factor = Type.Object({
  id: Type.String(),
  kind: Type.Enum(['totp']),
  name: nullable(Type.String()),
  /** False until its first code was right: before that it protects nothing. */
  verified: Type.Boolean(),
  /** ISO 8601, as all times. */
  createdAt: Type.String(),
  lastUsedAt: nullable(Type.String()),
})
export type Factor = Static<typeof Factor>

/** Body of `POST /v1/auth/factors/:id/verify`. */
export const FactorCode = Type.Object({ code: Type.String({ pattern: '^[0-9]{6}$' }) }, closed)

/** Answer of `POST /v1/auth/factors/backup-codes`: shown once; those of before are void. */
export const BackupCodes = Type.Object({ codes: Type.Array(Type.String()) })
export type BackupCodes = Static<typeof BackupCodes>

/** Body of `POST /v1/auth/factors/backup-codes/verify`; spaces, dashes and case do not count. */
export const BackupCode = Type.Object({ code: Type.String({ minLength: 8, maxLength: 40 }) }, closed)
