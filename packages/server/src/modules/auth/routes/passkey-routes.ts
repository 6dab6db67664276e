import { authProblems, SessionReply } from '@cloudbox/protocol/auth'
import {
  NewPasskey,
  Passkey,
  PasskeyOptions,
  PasskeyPatch,
  PasskeySignIn,
} from '@cloudbox/protocol/auth-passkeys'
import { Type } from 'typebox'
import { route, type Route } from '../../../kernel/route.ts'
import type { FlowOf } from '../flows/flow-of.ts'
import { signedIn } from '../flows/flow.ts'
import { listPasskeys, removePasskey, renamePasskey } from '../passkeys/own-passkeys.ts'
import { addPasskey, registrationOptions } from '../passkeys/register.ts'
import { signInOptions, signInWithPasskey } from '../passkeys/sign-in.ts'

const access = 'key'
const offered = [authProblems['not-enabled'], authProblems['passkeys-not-ready']]
const signedInProblems = [authProblems['sign-in-needed'], authProblems['session-ended']]
const guarded = [...signedInProblems, authProblems['step-up-needed'], authProblems['not-as-somebody-else']]
const unknown = authProblems['factor-not-found']
const noStore = { 'cache-control': 'no-store' }

/** Passkeys: keys on the devices of users in place of passwords (WebAuthn). */
export function passkeyRoutes(flowOf: FlowOf): Route[] {
  return [
    route(
      'POST /auth/passkeys/sign-in/options',
      {
        summary: 'Begin to sign in with a passkey',
        description: 'For `PublicKeyCredential.parseRequestOptionsFromJSON`, good once and for half an hour.',
        access,
        permission: 'accounts.use',
        reply: PasskeyOptions,
        problems: offered,
      },
      async request => ({ headers: noStore, json: await signInOptions(await flowOf(request, 'confirm')) }),
    ),
    route(
      'POST /auth/passkeys/sign-in',
      {
        summary: 'Sign in with a passkey',
        description: 'The session has `aal` 2 where the device knew its user: by a finger, a face or a PIN.',
        access,
        permission: 'accounts.use',
        body: PasskeySignIn,
        reply: SessionReply,
        problems: [...offered, authProblems['passkey-invalid'], authProblems.banned],
      },
      async request => ({
        json: await signInWithPasskey(await flowOf(request, 'proof'), request.body.credential),
      }),
    ),
    route(
      'POST /auth/passkeys/options',
      {
        summary: 'Begin to make a passkey',
        description:
          'For `PublicKeyCredential.parseCreationOptionsFromJSON`, good once and for five minutes.',
        access,
        permission: 'accounts.use',
        reply: PasskeyOptions,
        problems: [...guarded, ...offered],
      },
      async request => ({
        headers: noStore,
        json: await registrationOptions(await flowOf(request), signedIn(request.caller)),
      }),
    ),
    route(
      'POST /auth/passkeys',
      {
        summary: 'Add a passkey to the user',
        description: 'He is told by mail.',
        access,
        permission: 'accounts.use',
        body: NewPasskey,
        reply: Passkey,
        problems: [...guarded, ...offered, authProblems['passkey-invalid'], authProblems['too-many-factors']],
      },
      async request => ({
        status: 201,
        json: await addPasskey(await flowOf(request), signedIn(request.caller), request.body),
      }),
    ),
    route(
      'GET /auth/passkeys',
      {
        summary: 'The passkeys of the user',
        access,
        permission: 'accounts.use',
        reply: Type.Array(Passkey),
        problems: signedInProblems,
      },
      async request => ({ json: await listPasskeys(await flowOf(request), signedIn(request.caller)) }),
    ),
    route(
      'PATCH /auth/passkeys/:id',
      {
        summary: 'Rename a passkey',
        access,
        permission: 'accounts.use',
        body: PasskeyPatch,
        reply: Passkey,
        problems: [...signedInProblems, unknown],
      },
      async ({ params, body, ...request }) => ({
        json: await renamePasskey(await flowOf(request), signedIn(request.caller), params.id, body.name),
      }),
    ),
    route(
      'DELETE /auth/passkeys/:id',
      {
        summary: 'Remove a passkey',
        description: 'Refused for the last way into the account. The user is told by mail.',
        access,
        permission: 'accounts.use',
        problems: [...guarded, unknown, authProblems['last-way-in']],
      },
      async request => {
        await removePasskey(await flowOf(request), signedIn(request.caller), request.params.id)
        return { status: 204 }
      },
    ),
  ]
}
