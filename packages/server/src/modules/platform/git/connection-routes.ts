import { Type } from 'typebox'
import { platformProblems } from '@cloudbox/protocol/platform'
import { GitConnection, gitHosts } from '@cloudbox/protocol/platform-replies'
import type { Operator } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { byOf, makeChange } from '../change.ts'
import { ownerOf, projectOf, type PlatformDeps } from '../deps.ts'
import { placeName, type Project } from '../directory/directory.ts'
import { parentFor } from '../environments/make-as-asked.ts'
import { connect, disconnect, findConnection } from './connections.ts'
import { listBranches } from './follow-branch.ts'

const closed = { additionalProperties: false } as const
const patterns = Type.Array(Type.String({ minLength: 1, maxLength: 255 }), { maxItems: 50 })

const WantedConnection = Type.Object(
  {
    host: Type.Enum([...gitHosts], {
      description: 'How deliveries are signed and written; `generic` for whatever can sign a request.',
    }),
    from: Type.String({ description: 'The environment of the project to branch from.' }),
    repository: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        description: 'As `acme/shop`: what other repositories tell is ignored then.',
      }),
    ),
    data: Type.Optional(Type.Enum(['none', 'all', 'sample'])),
    samplePercent: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 100, description: 'Of a sample: 5 unless told.' }),
    ),
    branches: Type.Optional(patterns),
    ignore: Type.Optional(patterns),
    newSecret: Type.Optional(
      Type.Boolean({
        description: 'The secret is another one from now on. A new connection always has one.',
      }),
    ),
  },
  closed,
)

export function connectionRoutes(deps: PlatformDeps): Route[] {
  const show = async (project: Project, origin: string) => {
    const connection = await findConnection(deps.db, { projectId: project.id })
    if (connection === undefined)
      throw new Problem(platformProblems['not-found'], `${project.name} follows no git repository.`)
    const { id, projectId: _projectId, sealed: _sealed, fromId, ...rest } = connection
    const nameOf = (environmentId: string) => deps.directory().placedById(environmentId)?.environment.name
    const environments = (await listBranches(deps.db, id)).flatMap(({ branch, environmentId }) => {
      const environment = nameOf(environmentId)
      return environment === undefined ? [] : [{ branch, environment }]
    })
    const webhookUrl = `${deps.publicUrl ?? origin}/v1/platform/git/${id}`
    return { ...rest, from: (fromId && nameOf(fromId)) ?? null, webhookUrl, environments }
  }

  const mayCreate = (caller: Operator, { id: projectId, organisationId, name }: Project) =>
    deps.operators.may(caller, 'environments.create', { organisationId, projectId }, placeName(name))

  return [
    route(
      'GET /platform/projects/:project/git',
      {
        summary: 'Get the git connection of a project',
        description:
          'With the environments of its branches, the newest delivery, and the newest one that could not be carried out.',
        access: 'operator',
        permission: 'environments.change',
        scope: 'platform',
        reply: GitConnection,
      },
      async ({ params, origin }) => ({ json: await show(projectOf(deps, params), origin) }),
    ),

    route(
      'PUT /platform/projects/:project/git',
      {
        summary: 'Let environments come and go with the branches of a git repository',
        description:
          'A push to a branch makes an environment for it; when the branch is deleted, or its pull or merge request closed, that environment is removed and can be brought back for 14 days. No other environment is touched. It also takes the permission `environments.create`, and with data those to read it.',
        access: 'operator',
        permission: 'environments.change',
        scope: 'platform',
        body: WantedConnection,
        reply: GitConnection,
        problems: [platformProblems.busy],
      },
      async request => {
        const project = projectOf(deps, request.params)
        const { host, from, repository = null, data = 'none', samplePercent = 5 } = request.body
        const { branches = ['*'], ignore = ['main', 'master'], newSecret = false } = request.body
        if (!mayCreate(request.caller, project))
          throw new Problem(
            platformProblems['not-allowed'],
            `This needs the permission environments.create in ${placeName(project.name)}.`,
          )
        const parent = parentFor(deps, request.caller, project, { from, data, secrets: false })
        const wanted = { host, repository, data, samplePercent, branches, ignore, newSecret }
        const { isNew, secret } = await makeChange(deps, ownerOf(deps, project), byOf(request), tx =>
          connect(tx, deps.vault, project, { ...wanted, from: parent.environment }),
        )
        const json = { ...(await show(project, request.origin)), ...(secret === undefined ? {} : { secret }) }
        return { status: isNew ? 201 : 200, json }
      },
    ),

    route(
      'DELETE /platform/projects/:project/git',
      {
        summary: 'Follow the git repository no more',
        description: 'The environments it has made stay. Doing it again changes nothing.',
        access: 'operator',
        permission: 'environments.change',
        scope: 'platform',
      },
      async request => {
        const project = deps.directory().project(request.params.project)
        if (project !== undefined)
          await makeChange(deps, ownerOf(deps, project), byOf(request), tx => disconnect(tx, project))
        return { status: 204 }
      },
    ),
  ]
}
