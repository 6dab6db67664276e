import { Type } from 'typebox'
import { permissionNames, type Permission } from '@cloudbox/protocol/permissions'
import { platformProblems } from '@cloudbox/protocol/platform'
import { PlatformEnvironment } from '@cloudbox/protocol/platform-replies'
import { route, type Route } from '../../../kernel/route.ts'
import { byOf, makeChange } from '../change.ts'
import { checkConfirmed } from '../check-confirmed.ts'
import { ownerOf, placedOf, projectOf, type PlatformDeps } from '../deps.ts'
import { placeName, type PlacedEnvironment } from '../directory/directory.ts'
import { changeEnvironment, removeEnvironment, showEnvironment } from './environments.ts'
import { makeAsAsked, NewEnvironmentBody } from './make-as-asked.ts'

const closed = { additionalProperties: false } as const

export function environmentRoutes(deps: PlatformDeps): Route[] {
  const show = (placed: PlacedEnvironment) =>
    showEnvironment(
      placed,
      placed.branchedFrom === null
        ? undefined
        : deps.directory().placedById(placed.branchedFrom)?.environment,
    )

  return [
    route(
      'GET /platform/projects/:project/environments',
      {
        summary: 'List the environments of a project that you may see',
        access: 'operator',
        permission: 'environments.read',
        scope: 'platform',
        reply: Type.Object({ environments: Type.Array(PlatformEnvironment) }),
      },
      ({ params, caller }) => {
        const { id: projectId, organisationId, name } = projectOf(deps, params)
        const mine = deps
          .directory()
          .environments.filter(
            ({ environment, ...placed }) =>
              placed.projectId === projectId &&
              deps.operators.may(
                caller,
                'environments.read',
                { organisationId, projectId, environmentId: environment.id },
                placeName(name, environment.name),
              ),
          )
        return { json: { environments: mine.map(show) } }
      },
    ),

    route(
      'POST /platform/projects/:project/environments',
      {
        summary: 'Make an environment, or a branch of one',
        description:
          'A branch begins with the collections, policies, settings and configuration of its parent, and with its documents if asked: personal fields are made up. It tells nobody outside until `inert` is false.',
        access: 'operator',
        permission: 'environments.create',
        scope: 'platform',
        body: NewEnvironmentBody,
        reply: PlatformEnvironment,
        problems: [
          platformProblems['name-taken'],
          platformProblems['invalid-name'],
          platformProblems['quota-reached'],
          platformProblems.archived,
          platformProblems['not-found'],
        ],
      },
      async request => {
        const placed = await makeAsAsked(deps, request)
        return { status: 201, json: show(placed) }
      },
    ),

    route(
      'GET /platform/projects/:project/environments/:environment',
      {
        summary: 'Get an environment',
        access: 'operator',
        permission: 'environments.read',
        scope: 'platform',
        reply: PlatformEnvironment,
      },
      ({ params, caller }) => {
        const placed = placedOf(deps, params)
        const spot = { ...placed, environmentId: placed.environment.id }
        const place = placeName(params.project, params.environment)
        const may = (permission: Permission) => deps.operators.may(caller, permission, spot, place)
        return { json: { ...show(placed), permissions: permissionNames.filter(may) } }
      },
    ),

    route(
      'PATCH /platform/projects/:project/environments/:environment',
      {
        summary: 'Rename, open, archive or restore an environment',
        description: 'A new name is a new address. An archived environment answers no requests.',
        access: 'operator',
        permission: 'environments.change',
        scope: 'platform',
        body: Type.Partial(
          Type.Object({
            name: Type.String(),
            dev: Type.Boolean(),
            inert: Type.Boolean(),
            isArchived: Type.Boolean(),
          }),
          closed,
        ),
        reply: PlatformEnvironment,
        problems: [platformProblems['name-taken'], platformProblems['invalid-name']],
      },
      async request => {
        const before = placedOf(deps, request.params)
        await makeChange(deps, ownerOf(deps, before), byOf(request), tx =>
          changeEnvironment(tx, before, request.body),
        )
        return { json: show(deps.directory().placedById(before.environment.id)!) }
      },
    ),

    route(
      'DELETE /platform/projects/:project/environments/:environment',
      {
        summary: 'Remove an environment with everything in it',
        description: 'It can be brought back for 14 days. Removing it again changes nothing.',
        access: 'operator',
        permission: 'environments.delete',
        scope: 'platform',
        query: Type.Object({ confirm: Type.Optional(Type.String()) }, closed),
        problems: [platformProblems['confirmation-needed'], platformProblems.busy],
      },
      async request => {
        const { project, environment } = request.params
        const before = deps.directory().placed(project, environment)
        if (before === undefined) return { status: 204 }
        checkConfirmed(request.query.confirm, environment)
        await makeChange(deps, ownerOf(deps, before), byOf(request), tx => removeEnvironment(tx, before))
        return { status: 204 }
      },
    ),
  ]
}
