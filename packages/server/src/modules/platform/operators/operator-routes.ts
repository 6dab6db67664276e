import { Type } from 'typebox'
import { platformProblems } from '@cloudbox/protocol/platform'
import { Me, PlatformReply } from '@cloudbox/protocol/platform-replies'
import { permissionNames } from '@cloudbox/protocol/permissions'
import { route, type Route } from '../../../kernel/route.ts'
import type { PlatformDeps } from '../deps.ts'
import { organisationsOf } from '../organisations/organisations.ts'
import { publishableKey } from '../keys/keys.ts'
import { operatorEnvironment, operatorProject } from './operators.ts'
import { hasOwner, setUp } from './set-up.ts'

const closed = { additionalProperties: false } as const

export function operatorRoutes(deps: PlatformDeps): Route[] {
  return [
    route(
      'GET /platform',
      {
        summary: 'Where operators sign in',
        description:
          'Operators are users of an environment like any other: sign in there, and send the access token as `Authorization: Bearer …`.',
        access: 'anyone',
        scope: 'platform',
        reply: PlatformReply,
      },
      async () => {
        const home = deps.directory().placed(operatorProject, operatorEnvironment)
        return {
          json: {
            isSetUp: await hasOwner(deps.db),
            accounts: {
              path: `/${operatorProject}/${operatorEnvironment}`,
              publishableKey: (home && (await publishableKey(deps.db, home.environment.id))) ?? '',
              hasMailbox: home?.environment.dev === true,
            },
          },
        }
      },
    ),

    route(
      'POST /platform/set-up',
      {
        summary: 'Make the owner of this installation',
        description: 'With the token of the link that is printed at the start. Once only.',
        access: 'anyone',
        scope: 'platform',
        body: Type.Object(
          {
            token: Type.String({ minLength: 1, maxLength: 200 }),
            email: Type.String({ format: 'email', maxLength: 320 }),
            password: Type.String({ minLength: 1, maxLength: 1024 }),
            name: Type.Optional(Type.String({ maxLength: 100 })),
            organisation: Type.String({ maxLength: 100 }),
          },
          closed,
        ),
        problems: [platformProblems['already-set-up'], platformProblems['link-invalid']],
      },
      async request => {
        const { token, ...owner } = request.body
        await setUp(deps, owner, token, request)
        return { status: 204 }
      },
    ),

    route(
      'GET /platform/me',
      {
        summary: 'Who you are, and what you may do where',
        access: 'operator',
        permission: 'signed-in',
        scope: 'platform',
        reply: Me,
      },
      ({ caller }) => {
        const directory = deps.directory()
        const memberships = new Map(
          directory.membershipsOf(caller.uid).map(member => [member.organisationId, member]),
        )
        return {
          json: {
            id: caller.uid,
            email: caller.email,
            organisations: organisationsOf(directory, caller).map(({ id, name, title }) => ({
              name,
              title,
              role: memberships.get(id)!.role,
              permissions: permissionNames.filter(permission =>
                deps.operators.may(caller, permission, { organisationId: id }, ''),
              ),
            })),
          },
        }
      },
    ),
  ]
}
