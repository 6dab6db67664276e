import {
  Device,
  PhoneChange,
  SignOutRequest,
  TestToken,
  User,
  UserChange,
  UserChangeReply,
  authProblems,
} from '@cloudbox/protocol/auth'
import { Type } from 'typebox'
import type { Caller } from '../../../kernel/caller.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { changeUser } from '../flows/change-user.ts'
import { findSelf } from '../flows/find-self.ts'
import { changePhone } from '../flows/change-phone.ts'
import { signedIn } from '../flows/flow.ts'
import { endDevice, signOut } from '../flows/sign-out.ts'
import { listDevices } from '../sessions/devices.ts'
import type { FindPlace } from '../sessions/find-place.ts'
import { signSqlToken } from '../tokens/sql-token.ts'
import type { FlowOf } from '../flows/flow-of.ts'

const problems = [authProblems['sign-in-needed'], authProblems['session-ended']]

/** What a signed-in user does about himself. */
export function selfRoutes(flowOf: FlowOf, findPlace: FindPlace): Route[] {
  return [
    route(
      'GET /auth/user',
      { summary: 'The signed-in user', access: 'key', permission: 'accounts.use', reply: User, problems },
      async request => ({ json: await findSelf(await flowOf(request), signedIn(request.caller)) }),
    ),
    route(
      'PATCH /auth/user',
      {
        summary: 'Change what a user may change about himself',
        description:
          'A new address counts once the link sent to it was opened. A new password needs the current one, or a sign-in by a mailed link, and ends all other sessions. A new address needs the current password, or a sign-in of the last ten minutes.',
        access: 'key',
        permission: 'accounts.use',
        body: UserChange,
        reply: UserChangeReply,
        problems: [
          ...problems,
          authProblems['step-up-needed'],
          authProblems['wrong-credentials'],
          authProblems['not-as-somebody-else'],
          authProblems['too-many-requests'],
        ],
      },
      async request => {
        const self = signedIn(request.caller)
        const { email, phone } = request.body
        const plain = await flowOf(request)
        const mailed = email === undefined ? plain : await flowOf(request, 'own-mail', email)
        const flow = phone == null ? mailed : await flowOf(request, 'own-message', phone)
        return { json: await changeUser(flow, self, request.body) }
      },
    ),
    route(
      'POST /auth/user/phone',
      {
        summary: 'Add a phone number with the code that was sent to it',
        description: 'The code is asked for with `phone` in PATCH /auth/user.',
        access: 'key',
        permission: 'accounts.use',
        body: PhoneChange,
        reply: User,
        problems: [
          ...problems,
          authProblems['link-invalid'],
          authProblems['locked-out'],
          authProblems['account-exists'],
          authProblems['step-up-needed'],
          authProblems['not-as-somebody-else'],
        ],
      },
      async request => {
        const self = signedIn(request.caller)
        return { json: await changePhone(await flowOf(request, 'proof'), self, request.body) }
      },
    ),
    route(
      'GET /auth/sessions',
      {
        summary: 'The devices of the user',
        access: 'key',
        permission: 'accounts.use',
        reply: Type.Array(Device),
        problems,
      },
      async request => {
        const { userId, sessionId } = signedIn(request.caller)
        const { deps } = await flowOf(request)
        return { json: await listDevices(deps.db, request.environment, userId, sessionId, findPlace) }
      },
    ),
    route(
      'DELETE /auth/sessions/:id',
      {
        summary: 'Sign a device out',
        description: 'Its tokens are refused at once, and its live connections are closed within a second.',
        access: 'key',
        permission: 'accounts.use',
        problems: [...problems, authProblems['session-not-found']],
      },
      async request => {
        await endDevice(await flowOf(request), signedIn(request.caller), request.params.id)
        return { status: 204 }
      },
    ),
    route(
      'POST /auth/sign-out',
      {
        summary: 'End this session, all others or all',
        access: 'key',
        permission: 'accounts.use',
        body: SignOutRequest,
        problems,
      },
      async request => {
        const { scope = 'local' } = request.body
        await signOut(await flowOf(request), signedIn(request.caller), scope)
        return { status: 204 }
      },
    ),
    route(
      'POST /auth/sql-token',
      {
        summary: 'A token for direct SQL connections as this user',
        description:
          'Postgres verifies it itself: `set cloudbox.token` to it. It ends with the token it was made from.',
        access: 'key',
        permission: 'accounts.use',
        reply: TestToken,
        problems,
      },
      async request => {
        const { accounts } = await flowOf(request)
        signedIn(request.caller)
        return { json: signSqlToken(accounts, request.caller as Extract<Caller, { kind: 'user' }>) }
      },
    ),
  ]
}
