import { Type, type Static, type TSchema } from 'typebox'

const closed = { additionalProperties: false } as const
const nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()])
const name = Type.String({ minLength: 1, maxLength: 100 })

/** What the browser made of the options, `credential.toJSON()`; the server looks at all that is in it. */
const credential = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 2000 }),
  response: Type.Object({ clientDataJSON: Type.String({ maxLength: 10_000 }) }),
})

/** A key of the user that lives on a device or in a password manager. */
export const Passkey = Type.Object({
  id: Type.String(),
  name: nullable(Type.String()),
  /** A password manager has it on several devices; else it is gone with the device. */
  synced: Type.Boolean(),
  /** ISO 8601, as all times. */
  createdAt: Type.String(),
  lastUsedAt: nullable(Type.String()),
})
export type Passkey = Static<typeof Passkey>

/** What `PublicKeyCredential.parse…OptionsFromJSON` takes (WebAuthn, level 3). */
export const PasskeyOptions = Type.Object({ challenge: Type.String() })

/** Body of `POST /v1/auth/passkeys`: what the browser made of the options. */
export const NewPasskey = Type.Object({ name: Type.Optional(name), credential }, closed)
export type NewPasskey = Static<typeof NewPasskey>

/** Body of `PATCH /v1/auth/passkeys/:id`. */
export const PasskeyPatch = Type.Object({ name: nullable(name) }, closed)

/** Body of `POST /v1/auth/passkeys/sign-in`. */
export const PasskeySignIn = Type.Object({ credential }, closed)
