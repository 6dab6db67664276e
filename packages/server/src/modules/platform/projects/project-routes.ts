import { Type } from 'typebox'
import { permissionNames, type Permission } from '@cloudbox/protocol/permissions'
import { platformProblems } from '@cloudbox/protocol/platform'
import { Project } from '@cloudbox/protocol/platform-replies'
import { route, type Route } from '../../../kernel/route.ts'
import { byOf, makeChange, onceOf } from '../change.ts'
import { checkConfirmed } from '../check-confirmed.ts'
import { organisationOf, ownerOf, projectOf, type PlatformDeps } from '../deps.ts'
import { placeName } from '../directory/directory.ts'
import { removeProject } from './remove-project.ts'
import { changeProject, createProject, showProject } from './projects.ts'

const closed = { additionalProperties: false } as const
const title = Type.Optional(Type.String({ minLength: 1, maxLength: 100 }))

export function projectRoutes(deps: PlatformDeps): Route[] {
  return [
    route(
      'GET /platform/organisations/:organisation/projects',
      {
        summary: 'List the projects of an organisation that you may see',
        access: 'operator',
        permission: 'organisation.read',
        scope: 'platform',
        reply: Type.Object({ projects: Type.Array(Project) }),
      },
      ({ params, caller }) => {
        const { id: organisationId } = organisationOf(deps, params)
        const mine = deps
          .directory()
          .projects.filter(
            project =>
              project.organisationId === organisationId &&
              deps.operators.may(
                caller,
                'environments.read',
                { organisationId, projectId: project.id },
                placeName(project.name),
              ),
          )
        return { json: { projects: mine.map(showProject) } }
      },
    ),

    route(
      'POST /platform/organisations/:organisation/projects',
      {
        summary: 'Make a project',
        description: 'It has no environments yet.',
        access: 'operator',
        permission: 'projects.create',
        scope: 'platform',
        body: Type.Object({ name: Type.String(), title }, closed),
        reply: Project,
        problems: [
          platformProblems['name-taken'],
          platformProblems['invalid-name'],
          platformProblems['quota-reached'],
        ],
      },
      async request => {
        const organisation = organisationOf(deps, request.params)
        const json = await makeChange(
          deps,
          organisation,
          byOf(request),
          tx => createProject(tx, organisation, request.body),
          onceOf(request),
        )
        return { status: 201, json }
      },
    ),

    route(
      'GET /platform/projects/:project',
      {
        summary: 'Get a project',
        access: 'operator',
        permission: 'environments.read',
        scope: 'platform',
        reply: Project,
      },
      ({ params, caller }) => {
        const project = projectOf(deps, params)
        const spot = { organisationId: project.organisationId, projectId: project.id }
        const may = (permission: Permission) =>
          deps.operators.may(caller, permission, spot, placeName(project.name))
        return { json: { ...showProject(project), permissions: permissionNames.filter(may) } }
      },
    ),

    route(
      'PATCH /platform/projects/:project',
      {
        summary: 'Rename, archive or restore a project',
        description:
          'A new name is a new address. The environments of an archived project answer no requests.',
        access: 'operator',
        permission: 'projects.change',
        scope: 'platform',
        body: Type.Object(
          { name: Type.Optional(Type.String()), title, isArchived: Type.Optional(Type.Boolean()) },
          closed,
        ),
        reply: Project,
        problems: [platformProblems['name-taken'], platformProblems['invalid-name']],
      },
      async request => {
        const before = projectOf(deps, request.params)
        const json = await makeChange(deps, ownerOf(deps, before), byOf(request), tx =>
          changeProject(tx, before, request.body),
        )
        return { json }
      },
    ),

    route(
      'DELETE /platform/projects/:project',
      {
        summary: 'Remove a project with all its environments',
        description: 'It can be brought back for 14 days. Removing it again changes nothing.',
        access: 'operator',
        permission: 'projects.delete',
        scope: 'platform',
        query: Type.Object({ confirm: Type.Optional(Type.String()) }, closed),
        problems: [platformProblems['confirmation-needed']],
      },
      async request => {
        const before = deps.directory().project(request.params.project)
        if (before === undefined) return { status: 204 }
        checkConfirmed(request.query.confirm, before.name)
        const environments = deps.directory().environments.filter(one => one.projectId === before.id)
        await makeChange(deps, ownerOf(deps, before), byOf(request), tx =>
          removeProject(tx, before, environments),
        )
        return { status: 204 }
      },
    ),
  ]
}
