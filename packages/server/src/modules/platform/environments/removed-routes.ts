import { Type } from 'typebox'
import { platformProblems } from '@cloudbox/protocol/platform'
import { Restorable } from '@cloudbox/protocol/platform-replies'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { byOf, makeChange } from '../change.ts'
import { organisationOf, type PlatformDeps } from '../deps.ts'
import type { Removed } from '../directory/directory.ts'
import { restoreProject } from '../projects/remove-project.ts'
import { keptDays, restoreEnvironment } from './environments.ts'

export function removedRoutes(deps: PlatformDeps): Route[] {
  const removedOf = (organisationId: string) =>
    deps.directory().removed.filter(one => one.organisationId === organisationId)

  return [
    route(
      'GET /platform/organisations/:organisation/removed',
      {
        summary: 'List removed projects and environments that can be brought back',
        access: 'operator',
        permission: 'projects.delete',
        scope: 'platform',
        reply: Type.Object({ removed: Type.Array(Restorable) }),
      },
      ({ params }) => ({ json: { removed: removedOf(organisationOf(deps, params).id).map(show) } }),
    ),

    route(
      'POST /platform/organisations/:organisation/removed/:id/restore',
      {
        summary: 'Bring a removed project or environment back',
        description: 'A project comes back with the environments that went with it.',
        access: 'operator',
        permission: 'projects.delete',
        scope: 'platform',
        problems: [platformProblems['name-taken']],
      },
      async request => {
        const organisation = organisationOf(deps, request.params)
        const all = removedOf(organisation.id)
        const found = all.find(({ id }) => id === request.params.id)
        if (found === undefined)
          throw new Problem(platformProblems['not-found'], `Nothing removed has the id ${request.params.id}.`)
        const { environment } = found
        if (environment !== null && deps.directory().project(found.project)?.id !== found.projectId)
          throw new Problem(platformProblems['not-found'], `Its project ${found.project} was removed too.`, {
            hint: 'Bring the project back first.',
          })
        await makeChange(deps, organisation, byOf(request), tx =>
          environment === null
            ? restoreProject(tx, found, all)
            : restoreEnvironment(tx, { ...found, environment }),
        )
        return { status: 204 }
      },
    ),
  ]
}

function show({ id, kind, project, environment, removedAt }: Removed) {
  const keptUntil = new Date(Date.parse(removedAt) + keptDays * 86_400_000).toISOString()
  return { id, kind, project, environment, removedAt, keptUntil }
}
