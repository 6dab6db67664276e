import { authProblems, SessionReply } from '@cloudbox/protocol/auth'
import {
  BackupCode,
  BackupCodes,
  Factor,
  FactorCode,
  NewFactor,
  NewFactorReply,
} from '@cloudbox/protocol/auth-factors'
import { Type } from 'typebox'
import { route, type Route } from '../../../kernel/route.ts'
import type { AdminFlowOf } from '../admin/admin-flow.ts'
import { makeBackupCodes, verifyBackupCode } from '../factors/backup-codes.ts'
import { resetFactors } from '../factors/reset-factors.ts'
import { addTotp, listFactors, removeFactor, verifyTotp } from '../factors/totp-factors.ts'
import type { FlowOf } from '../flows/flow-of.ts'
import { signedIn } from '../flows/flow.ts'

const signedInProblems = [authProblems['sign-in-needed'], authProblems['session-ended']]
const problems = [...signedInProblems, authProblems['step-up-needed'], authProblems['not-as-somebody-else']]
const codeProblems = [
  ...signedInProblems,
  authProblems['wrong-code'],
  authProblems['locked-out'],
  authProblems['not-as-somebody-else'],
]

/** Second factors of the signed-in user. */
export function factorRoutes(flowOf: FlowOf, adminFlowOf: AdminFlowOf): Route[] {
  return [
    route(
      'GET /auth/factors',
      {
        summary: 'The second factors of the user',
        access: 'key',
        permission: 'accounts.use',
        reply: Type.Array(Factor),
        problems: signedInProblems,
      },
      async request => ({ json: await listFactors(await flowOf(request), signedIn(request.caller)) }),
    ),
    route(
      'POST /auth/factors',
      {
        summary: 'Begin to set up an authenticator app',
        description: 'It counts once its first code was verified. Who has a factor already needs `aal` 2.',
        access: 'key',
        permission: 'accounts.use',
        body: NewFactor,
        reply: NewFactorReply,
        problems: [...problems, authProblems['too-many-factors']],
      },
      async request => {
        const self = signedIn(request.caller)
        return { status: 201, json: await addTotp(await flowOf(request), self, request.body) }
      },
    ),
    route(
      'POST /auth/factors/:id/verify',
      {
        summary: 'Verify a code of an authenticator app',
        description:
          'The session stays the same and has `aal` 2 from then on. The first right code sets the factor up.',
        access: 'key',
        permission: 'accounts.use',
        body: FactorCode,
        reply: SessionReply,
        problems: [...codeProblems, authProblems['factor-not-found'], authProblems['step-up-needed']],
      },
      async request => {
        const self = signedIn(request.caller)
        const { params, body } = request
        return { json: await verifyTotp(await flowOf(request), self, params.id, body.code) }
      },
    ),
    route(
      'DELETE /auth/factors/:id',
      {
        summary: 'Remove a second factor',
        description: 'Needs `aal` 2, unless it was never set up. With the last factor go the backup codes.',
        access: 'key',
        permission: 'accounts.use',
        problems: [...problems, authProblems['factor-not-found']],
      },
      async request => {
        await removeFactor(await flowOf(request), signedIn(request.caller), request.params.id)
        return { status: 204 }
      },
    ),
    route(
      'POST /auth/factors/backup-codes',
      {
        summary: 'Make ten backup codes',
        description: 'Each is good once. They are shown only now, and those of before are void.',
        access: 'key',
        permission: 'accounts.use',
        reply: BackupCodes,
        problems: [...problems, authProblems['factor-not-found']],
      },
      async request => {
        const codes = await makeBackupCodes(await flowOf(request), signedIn(request.caller))
        return { status: 201, headers: { 'cache-control': 'no-store' }, json: { codes } }
      },
    ),
    route(
      'POST /auth/factors/backup-codes/verify',
      {
        summary: 'Verify a backup code',
        description: 'The session stays the same and has `aal` 2 from then on. The code is void afterwards.',
        access: 'key',
        permission: 'accounts.use',
        body: BackupCode,
        reply: SessionReply,
        problems: codeProblems,
      },
      async request => {
        const self = signedIn(request.caller)
        return { json: await verifyBackupCode(await flowOf(request), self, request.body.code) }
      },
    ),
    route(
      'DELETE /auth/users/:id/factors',
      {
        summary: 'Take all second factors from a user who has lost them',
        description: 'Backup codes go, too. He is told by mail.',
        access: 'secret',
        permission: 'users.change',
        problems: [authProblems['user-not-found']],
      },
      async request => {
        await resetFactors(await adminFlowOf(request), request.params.id)
        return { status: 204 }
      },
    ),
  ]
}
