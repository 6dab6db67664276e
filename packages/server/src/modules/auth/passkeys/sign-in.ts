import type { SessionReply } from '@cloudbox/protocol/auth'
import type { Static } from 'typebox'
import type { PasskeySignIn } from '@cloudbox/protocol/auth-passkeys'
import type { Tx } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { refuseUnless, type Flow } from '../flows/flow.ts'
import { openSession } from '../sessions/open-session.ts'
import { makeChallenge, readSigned, takeChallenge, type Signed } from './challenges.ts'
import { passkeyInvalid } from './register.ts'
import { relyingParty, type RelyingParty } from './relying-party.ts'

type Credential = Static<typeof PasskeySignIn>['credential']

interface Stored extends Record<string, unknown> {
  readonly user_id: string
  readonly public_key: string
  readonly counter: string
  readonly transports: string
}

/** What the browser needs to ask for a passkey. It names none: the device knows which ones are for this app. */
export async function signInOptions(flow: Flow): Promise<{ challenge: string }> {
  const { accounts } = flow
  refuseUnless(accounts, 'passkeys')
  const { id: rpID } = relyingParty(accounts)
  const { generateAuthenticationOptions } = await import('@simplewebauthn/server')
  const challenge = await makeChallenge(flow, 'passkey-sign-in')
  return generateAuthenticationOptions({ rpID, challenge, userVerification: 'preferred' })
}

/**
 * Signs in who has the passkey. A device that knew him besides (by a finger, a face or a PIN) has given two proofs at once.
 * @throws Problem `auth/passkey-invalid`
 */
export async function signInWithPasskey(flow: Flow, credential: Credential): Promise<SessionReply> {
  const { deps, accounts, visitor } = flow
  refuseUnless(accounts, 'passkeys')
  const party = relyingParty(accounts)
  const signed = readSigned(credential.response.clientDataJSON)
  if (signed === undefined || !party.allows(signed.origin)) throw passkeyInvalid()
  if ((await takeChallenge(flow, 'passkey-sign-in', signed)) === undefined) throw passkeyInvalid()
  return deps.db.transaction(async tx => {
    const { userId, isUserVerified } = await verifyAssertion(flow, tx, { credential, party, signed })
    const session = { userId, methods: ['passkey'], aal: isUserVerified ? 2 : 1 } as const
    return openSession(tx, accounts, session, visitor)
  })
}

interface Assertion {
  readonly credential: Credential
  readonly party: RelyingParty
  readonly signed: Signed
}

async function verifyAssertion(
  flow: Flow,
  tx: Tx,
  { credential, party, signed }: Assertion,
): Promise<{ userId: string; isUserVerified: boolean }> {
  const { environment } = flow.accounts
  const passkeys = id(environment.schema, 'auth_passkeys')
  const [stored] = await tx.query<Stored>(sql`
    select user_id, encode(public_key, 'hex') as public_key, counter, to_json(transports)::text as transports
    from ${passkeys} where credential_id = ${credential.id} for update`)
  if (stored === undefined || !isOf(stored.user_id, credential)) throw passkeyInvalid()
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: credential as unknown as Parameters<typeof verifyAuthenticationResponse>[0]['response'],
    expectedChallenge: signed.challenge,
    expectedOrigin: signed.origin,
    expectedRPID: party.id,
    requireUserVerification: false,
    credential: {
      id: credential.id,
      publicKey: new Uint8Array(Buffer.from(stored.public_key, 'hex')),
      counter: Number(stored.counter),
      transports: JSON.parse(stored.transports) as string[],
    },
  }).catch((cause: unknown) => {
    throw passkeyInvalid(cause)
  })
  if (!verified) throw passkeyInvalid()
  const { newCounter, userVerified, credentialBackedUp } = authenticationInfo
  await tx.query(sql`
    update ${passkeys} set counter = ${newCounter}, is_synced = ${credentialBackedUp}, last_used_at = now()
    where credential_id = ${credential.id}`)
  return { userId: stored.user_id, isUserVerified: userVerified }
}

/** A device says whose passkey it is, too: it has to be the one we know. */
function isOf(userId: string, credential: Credential): boolean {
  const { userHandle } = credential.response as { userHandle?: unknown }
  return Buffer.from(String(userHandle), 'base64url').toString('hex') === userId.replaceAll('-', '')
}
