import { authProblems } from '@cloudbox/protocol/auth'
import type { NewPasskey, Passkey } from '@cloudbox/protocol/auth-passkeys'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { guardWaysIn } from '../factors/need-fresh-proof.ts'
import { holdUser } from '../factors/need-second-factor.ts'
import { tellFactorChanged } from '../factors/tell-factor-changed.ts'
import { findSelf } from '../flows/find-self.ts'
import { refuseUnless, type Flow, type SignedIn } from '../flows/flow.ts'
import { outdateUser } from '../sessions/outdated.ts'
import { makeChallenge, readSigned, takeChallenge } from './challenges.ts'
import { passkeyJson, toPasskey } from './passkey-row.ts'
import { relyingParty } from './relying-party.ts'

const mostPasskeys = 20

/** What the browser needs to make a passkey. */
export async function registrationOptions(flow: Flow, self: SignedIn): Promise<{ challenge: string }> {
  const { deps, accounts } = flow
  refuseUnless(accounts, 'passkeys')
  await guardWaysIn(flow, deps.db, self)
  const party = relyingParty(accounts)
  const { email, phone, name } = await findSelf(flow, self)
  const known = await deps.db.query<{ credential_id: string; transports: string }>(sql`
    select credential_id, to_json(transports)::text as transports
    from ${id(accounts.environment.schema, 'auth_passkeys')} where user_id = ${self.userId}`)
  // Loaded when somebody needs it: it takes a third of a second.
  const { generateRegistrationOptions } = await import('@simplewebauthn/server')
  return generateRegistrationOptions({
    rpID: party.id,
    rpName: party.name,
    userID: userHandle(self.userId),
    userName: email ?? phone ?? name ?? party.name,
    userDisplayName: name ?? email ?? phone ?? party.name,
    challenge: await makeChallenge(flow, 'passkey-new', self.userId),
    // Where a device has one for this user already, it makes no second.
    excludeCredentials: known.map(row => ({
      id: row.credential_id,
      transports: JSON.parse(row.transports) as string[],
    })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
  })
}

/** Keeps a passkey that the browser made. @throws Problem `auth/passkey-invalid`, `auth/too-many-factors` */
export async function addPasskey(
  flow: Flow,
  self: SignedIn,
  { name, credential }: NewPasskey,
): Promise<Passkey> {
  const { deps, accounts } = flow
  const { environment } = accounts
  const { schema } = environment
  const { userId } = self
  refuseUnless(accounts, 'passkeys')
  await guardWaysIn(flow, deps.db, self)
  const made = await verifyRegistration(flow, userId, credential)
  const passkeys = id(schema, 'auth_passkeys')
  return deps.db.transaction(async tx => {
    await holdUser(flow, tx, userId)
    const known = await tx.query(sql`select from ${passkeys} where user_id = ${userId}`)
    if (known.length >= mostPasskeys)
      throw new Problem(authProblems['too-many-factors'], `An account has ${mostPasskeys} passkeys at most.`)
    const [row] = await tx.query<{ passkey: string }>(sql`
      insert into ${passkeys} as p (user_id, credential_id, name, public_key, counter, transports, is_synced)
      values (${userId}, ${made.credential.id}, ${name ?? null}, ${Buffer.from(made.credential.publicKey)}::bytea,
        ${made.credential.counter}, ${made.credential.transports ?? []}::text[], ${made.credentialBackedUp})
      on conflict (credential_id) do nothing returning ${passkeyJson} as passkey`)
    if (row === undefined) throw passkeyInvalid()
    const upgraded = await tx.query(sql`
      update ${id(schema, 'users')} set "isAnonymous" = false where id = ${userId} and "isAnonymous" returning id`)
    if (upgraded.length > 0) await outdateUser(tx, accounts, userId)
    const passkey = toPasskey(row.passkey)
    await tellFactorChanged(flow, tx, {
      userId,
      factor: 'passkey',
      change: 'added',
      details: { passkeyId: passkey.id },
    })
    return passkey
  })
}

async function verifyRegistration(flow: Flow, userId: string, credential: NewPasskey['credential']) {
  const party = relyingParty(flow.accounts)
  const signed = readSigned(credential.response.clientDataJSON)
  if (signed === undefined || !party.allows(signed.origin)) throw passkeyInvalid()
  const challenge = await takeChallenge(flow, 'passkey-new', signed)
  if (challenge?.userId !== userId) throw passkeyInvalid()
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const { registrationInfo } = await verifyRegistrationResponse({
    response: credential as unknown as Parameters<typeof verifyRegistrationResponse>[0]['response'],
    expectedChallenge: signed.challenge,
    expectedOrigin: signed.origin,
    expectedRPID: party.id,
    requireUserVerification: false,
  }).catch((cause: unknown) => {
    throw passkeyInvalid(cause)
  })
  if (registrationInfo === undefined) throw passkeyInvalid()
  return registrationInfo
}

/** What a device is told to call the user: no more than his id. */
function userHandle(userId: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(userId.replaceAll('-', ''), 'hex'))
}

/** One refusal for all: unknown, of another page, signed before or not at all. */
export function passkeyInvalid(cause?: unknown): Problem {
  return new Problem(
    authProblems['passkey-invalid'],
    'It is unknown here, or what it signed was not asked for.',
    {
      cause,
    },
  )
}
