import { authProblems, Device, SessionReply, User } from '@cloudbox/protocol/auth'
import {
  AuditRow,
  NewUser,
  UserImport,
  UserImportReply,
  UserPage,
  UserPatch,
  UserQuery,
  WaysIn,
} from '@cloudbox/protocol/auth-admin'
import { Type } from 'typebox'
import { route, type Route } from '../../../kernel/route.ts'
import { sql } from '../../../kernel/sql.ts'
import { actorText, auditAdmin, type AdminFlowOf } from '../admin/admin-flow.ts'
import { readWaysIn } from '../admin/read-ways-in.ts'
import { exportUsers, importUsers } from '../admin/import-users.ts'
import { readAudit } from '../admin/read-audit.ts'
import { createUser, deleteUser, findUserById, holdUserById, listUsers, patchUser } from '../admin/users.ts'
import { checkForeignHash } from '../passwords/check-foreign-hash.ts'
import { listDevices } from '../sessions/devices.ts'
import type { FindPlace } from '../sessions/find-place.ts'
import { openSession } from '../sessions/open-session.ts'
import { endSessions } from '../sessions/revocations.ts'

const access = 'secret'
const problems = [authProblems['user-not-found']]

/** What servers and operators do with users. All of it is written down. */
export function adminRoutes(flowOf: AdminFlowOf, findPlace: FindPlace): Route[] {
  return [
    route(
      'GET /auth/users',
      {
        summary: 'List and search users',
        access,
        permission: 'users.read',
        query: UserQuery,
        reply: UserPage,
      },
      async request => {
        const { limit = '50', search, after } = request.query
        const options = {
          limit: Math.min(500, Number(limit)),
          ...(search && { search }),
          ...(after && { after }),
        }
        return { json: await listUsers(await flowOf(request), options) }
      },
    ),
    route(
      'POST /auth/users',
      {
        summary: 'Make a user',
        description: 'With a password, a hash of another system, or neither. No mail is sent.',
        access,
        permission: 'users.change',
        body: NewUser,
        reply: User,
        problems: [authProblems['account-exists'], authProblems['unknown-hash']],
      },
      async request => {
        const { passwordHash } = request.body
        if (passwordHash !== undefined) checkForeignHash(passwordHash, '/passwordHash')
        return { status: 201, json: await createUser(await flowOf(request), request.body) }
      },
    ),
    route(
      'GET /auth/users/:id',
      { summary: 'Read a user', access, permission: 'users.read', reply: User, problems },
      async request => {
        const flow = await flowOf(request)
        return { json: await findUserById(flow, flow.deps.db, request.params.id) }
      },
    ),
    route(
      'PATCH /auth/users/:id',
      {
        summary: 'Change, ban or free a user',
        description:
          'Roles and claims count at once: tokens made before are refused as expired and renewed. A ban and a new password end all sessions.',
        access,
        permission: 'users.change',
        body: UserPatch,
        reply: User,
        problems: [...problems, authProblems['account-exists']],
      },
      async request => ({ json: await patchUser(await flowOf(request), request.params.id, request.body) }),
    ),
    route(
      'DELETE /auth/users/:id',
      {
        summary: 'Remove a user with everything that is his in accounts',
        access,
        permission: 'users.change',
        problems,
      },
      async request => {
        await deleteUser(await flowOf(request), request.params.id)
        return { status: 204 }
      },
    ),
    route(
      'POST /auth/users/:id/impersonate',
      {
        summary: 'Open a session as a user',
        description:
          'Its tokens carry `act` with who acts. It is in the audit log and in the list of devices of the user.',
        access,
        permission: 'users.change',
        body: Type.Object(
          { reason: Type.String({ minLength: 1, maxLength: 500 }) },
          { additionalProperties: false },
        ),
        reply: SessionReply,
        problems,
      },
      async request => {
        const flow = await flowOf(request)
        const { deps, accounts, visitor, author } = flow
        const { id: userId } = await findUserById(flow, deps.db, request.params.id)
        const details = { reason: request.body.reason }
        const session = await deps.db.transaction(async tx => {
          const impersonatedBy = actorText(author.actor)
          const impersonated = { userId, methods: ['impersonation'], impersonatedBy }
          const opened = await openSession(tx, accounts, impersonated, visitor)
          await auditAdmin(flow, tx, { action: 'session.impersonated', userId, details, after: details })
          return opened
        })
        return { json: session }
      },
    ),
    route(
      'GET /auth/users/:id/sessions',
      {
        summary: 'The devices of a user',
        access,
        permission: 'users.read',
        reply: Type.Array(Device),
        problems,
      },
      async request => {
        const flow = await flowOf(request)
        const { id } = await findUserById(flow, flow.deps.db, request.params.id)
        return { json: await listDevices(flow.deps.db, request.environment, id, undefined, findPlace) }
      },
    ),
    route(
      'GET /auth/users/:id/ways-in',
      {
        summary: 'What lets a user in',
        description: 'Whether there is a password, who he is at providers, his passkeys and second factors.',
        access,
        permission: 'users.read',
        reply: WaysIn,
        problems,
      },
      async request => ({ json: await readWaysIn(await flowOf(request), request.params.id) }),
    ),
    route(
      'POST /auth/users/:id/sign-out',
      { summary: 'End all sessions of a user', access, permission: 'users.change', problems },
      async request => {
        const flow = await flowOf(request)
        const { deps, accounts } = flow
        const ended = await deps.db.transaction(async tx => {
          const { id: userId } = await holdUserById(flow, tx, request.params.id)
          const which = sql`user_id = ${userId}`
          const sessionIds = await endSessions(tx, accounts.environment, which, 'signed-out-by-admin')
          if (sessionIds.length === 0) return sessionIds
          const details = { sessions: sessionIds.length }
          await auditAdmin(flow, tx, { action: 'user.signed-out', userId, details, before: details })
          return sessionIds
        })
        await deps.ended(accounts.environment, ended)
        return { status: 204 }
      },
    ),
    route(
      'POST /auth/users/import',
      {
        summary: 'Take users over from another system',
        description: 'Up to 1,000 at a time, each wholly or not at all. Passwords keep working.',
        access,
        permission: 'users.change',
        body: UserImport,
        reply: UserImportReply,
      },
      async request => ({ json: await importUsers(await flowOf(request), request.body.users) }),
    ),
    route(
      'GET /auth/users/export',
      {
        summary: 'All users with the hashes of their passwords, as lines of JSON',
        description: 'Each line can be imported again.',
        access,
        permission: 'users.read',
      },
      async request => {
        const flow = await flowOf(request)
        const { deps, accounts } = flow
        await deps.db.transaction(tx => auditAdmin(flow, tx, { action: 'users.exported' }))
        return {
          headers: { 'content-type': 'application/x-ndjson' },
          stream: exportUsers(deps.db, accounts.environment.schema),
        }
      },
    ),
    route(
      'GET /auth/audit',
      {
        summary: 'What happened to accounts, the latest first',
        access,
        permission: 'users.read',
        query: Type.Object(
          {
            userId: Type.Optional(Type.String({ format: 'uuid' })),
            action: Type.Optional(Type.String({ maxLength: 100 })),
            before: Type.Optional(
              Type.String({ pattern: '^[0-9]{1,18}$', description: 'Id of the last entry seen.' }),
            ),
            limit: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,2}$' })),
          },
          { additionalProperties: false },
        ),
        reply: Type.Object({ entries: Type.Array(AuditRow) }),
      },
      async request => {
        const { deps, accounts } = await flowOf(request)
        return { json: { entries: await readAudit(deps.db, accounts.environment.schema, request.query) } }
      },
    ),
  ]
}
