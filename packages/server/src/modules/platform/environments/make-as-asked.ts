import { Type, type Static } from 'typebox'
import { platformProblems } from '@cloudbox/protocol/platform'
import type { Operator } from '../../../kernel/caller.ts'
import type { CopyPlan } from '../../../kernel/copy-environment.ts'
import { Problem } from '../../../kernel/problem.ts'
import { byOf, onceOf } from '../change.ts'
import { projectOf, type PlatformDeps } from '../deps.ts'
import { placeName, type PlacedEnvironment, type Project } from '../directory/directory.ts'
import { makeEnvironment } from './make-environment.ts'

export const NewEnvironmentBody = Type.Object(
  {
    name: Type.String(),
    dev: Type.Optional(
      Type.Boolean({ description: 'Tells more, and keeps its mails; true of a branch unless told.' }),
    ),
    from: Type.Optional(Type.String({ description: 'The environment of the project to branch from.' })),
    data: Type.Optional(
      Type.Enum(['none', 'all', 'sample'], {
        description: 'Of a branch: documents and users that come along; none unless told.',
      }),
    ),
    samplePercent: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 100, description: 'Of a sample: 5 unless told.' }),
    ),
    secrets: Type.Optional(
      Type.Boolean({
        description: 'Of a branch: secrets come along. It takes the permission secrets.change.',
      }),
    ),
  },
  { additionalProperties: false },
)

interface Request {
  readonly params: { readonly project: string }
  readonly body: Static<typeof NewEnvironmentBody>
  readonly caller: Operator
  readonly id: string
  readonly ip: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/**
 * Makes what was asked for. Who branches with data has to be allowed to read it there.
 * @throws Problem `platform/not-found` where there is no such parent, `platform/not-allowed`
 */
export async function makeAsAsked(deps: PlatformDeps, request: Request): Promise<PlacedEnvironment> {
  const project = projectOf(deps, request.params)
  const { name, from, data = 'none', samplePercent = 5, secrets = false } = request.body
  const parent =
    from === undefined ? undefined : parentFor(deps, request.caller, project, { from, data, secrets })
  const plan: CopyPlan = { data: data === 'sample' ? { samplePercent } : data, secrets }
  return makeEnvironment(
    deps,
    project,
    { name, dev: request.body.dev ?? parent !== undefined, from: parent?.environment },
    byOf(request),
    parent === undefined ? undefined : made => deps.copyEnvironment(parent.environment, made, plan),
    onceOf(request),
  )
}

/**
 * The environment to branch from, for somebody who may take along what he asks for.
 * @throws Problem `platform/not-found` where there is none that he sees, `platform/not-allowed`, `platform/busy`
 */
export function parentFor(
  deps: PlatformDeps,
  caller: Operator,
  project: Project,
  {
    from,
    data,
    secrets,
  }: { readonly from: string; readonly data: 'none' | 'all' | 'sample'; readonly secrets: boolean },
): PlacedEnvironment {
  const parent = parentOf(deps, project, from)
  const needed = [
    'environments.read' as const,
    ...(data === 'none' ? [] : ['documents.read' as const, 'users.read' as const]),
    ...(secrets ? ['secrets.change' as const] : []),
  ]
  const spot = { ...parent, environmentId: parent.environment.id }
  const place = placeName(project.name, from)
  const missing = needed.find(permission => !deps.operators.may(caller, permission, spot, place))
  if (missing === 'environments.read') throw unknownParent(project, from)
  if (missing !== undefined)
    throw new Problem(platformProblems['not-allowed'], `This needs the permission ${missing} in ${place}.`)
  return parent
}

function parentOf(deps: PlatformDeps, project: Project, from: string): PlacedEnvironment {
  const parent = deps.directory().placed(project.name, from)
  if (parent === undefined) throw unknownParent(project, from)
  if (parent.state !== 'ready')
    throw new Problem(platformProblems.busy, `${project.name}/${from} is being made.`)
  return parent
}

function unknownParent({ name }: Project, from: string): Problem {
  return new Problem(platformProblems['not-found'], `There is no environment ${name}/${from} to branch from.`)
}
