import { Type } from 'typebox'
import { platformProblems } from '@cloudbox/protocol/platform'
import { Role, RoleStatement, Roles } from '@cloudbox/protocol/platform-replies'
import { builtInRoleNames, builtInRoles, permissions } from '@cloudbox/protocol/permissions'
import { route, type Route } from '../../../kernel/route.ts'
import { byOf, makeChange } from '../change.ts'
import { organisationOf, type PlatformDeps } from '../deps.ts'
import { checkGrant, missingToGrant } from '../members/grants.ts'
import { listRoles, putRole, removeRole } from './roles.ts'

const closed = { additionalProperties: false } as const
const base = '/platform/organisations/:organisation/roles'

export function roleRoutes(deps: PlatformDeps): Route[] {
  return [
    route(
      `GET ${base}`,
      {
        summary: 'List roles, and every permission there is',
        access: 'operator',
        permission: 'organisation.read',
        scope: 'platform',
        reply: Roles,
      },
      async ({ params, caller }) => {
        const organisation = organisationOf(deps, params)
        const own = await listRoles(deps.db, organisation)
        const directory = deps.directory()
        const grantable = [...builtInRoleNames, ...own.map(({ name }) => name)].filter(
          name =>
            missingToGrant(
              directory,
              caller,
              organisation.id,
              directory.statementsOf(organisation.id, name),
            ) === undefined,
        )
        return { json: { builtIn: builtInRoles, own, grantable, permissions } }
      },
    ),

    route(
      `PUT ${base}/:role`,
      {
        summary: 'Define a role',
        description:
          'What no statement allows is denied; a deny wins. Nobody defines more than he has himself.',
        access: 'operator',
        permission: 'roles.change',
        scope: 'platform',
        body: Type.Object(
          {
            title: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
            statements: Type.Array(RoleStatement, { minItems: 1, maxItems: 50 }),
          },
          closed,
        ),
        reply: Role,
        problems: [platformProblems['invalid-role'], platformProblems['invalid-name']],
      },
      async request => {
        const organisation = organisationOf(deps, request.params)
        const { title = request.params.role, statements } = request.body
        checkGrant(deps.directory(), request.caller, organisation.id, statements)
        const role = { name: request.params.role, title, statements }
        const json = await makeChange(deps, organisation, byOf(request), tx =>
          putRole(tx, organisation, role),
        )
        return { json }
      },
    ),

    route(
      `DELETE ${base}/:role`,
      {
        summary: 'Remove a role',
        description: 'Removing it again changes nothing.',
        access: 'operator',
        permission: 'roles.change',
        scope: 'platform',
        problems: [platformProblems['role-in-use']],
      },
      async request => {
        const organisation = organisationOf(deps, request.params)
        await makeChange(deps, organisation, byOf(request), tx =>
          removeRole(tx, organisation, request.params.role),
        )
        return { status: 204 }
      },
    ),
  ]
}
