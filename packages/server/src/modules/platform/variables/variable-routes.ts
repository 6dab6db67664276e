import { Type } from 'typebox'
import { platformProblems } from '@cloudbox/protocol/platform'
import { Variable } from '@cloudbox/protocol/platform-replies'
import { route, type Route } from '../../../kernel/route.ts'
import { byOf, makeChange } from '../change.ts'
import { ownerOf, placedOf, type PlatformDeps } from '../deps.ts'
import { listVariables, removeVariable, setVariable } from './variables.ts'

const closed = { additionalProperties: false } as const
const base = '/platform/projects/:project/environments/:environment'

const Value = Type.Object({ value: Type.String({ maxLength: 65_536 }) }, closed)

export function variableRoutes(deps: PlatformDeps): Route[] {
  const set = (isSecret: boolean, word: 'variables' | 'secrets') =>
    route(
      `PUT ${base}/${word}/:name`,
      {
        summary: isSecret ? 'Set a secret of an environment' : 'Set a value of the configuration',
        description: isSecret
          ? 'It is sealed with the key of the environment and never shown again.'
          : 'A secret of the same name becomes a value.',
        access: 'operator',
        permission: isSecret ? 'secrets.change' : 'environments.change',
        scope: 'platform',
        body: Value,
        problems: [platformProblems['invalid-name']],
      },
      async request => {
        const placed = placedOf(deps, request.params)
        const wanted = { name: request.params.name, value: request.body.value, isSecret }
        await makeChange(deps, ownerOf(deps, placed), byOf(request), tx =>
          setVariable(tx, deps.vault, placed.environment, wanted),
        )
        return { status: 204 }
      },
    )

  return [
    route(
      `GET ${base}/variables`,
      {
        summary: 'List the configuration of an environment',
        description: 'Values, and the names of secrets.',
        access: 'operator',
        permission: 'environments.read',
        scope: 'platform',
        reply: Type.Object({ variables: Type.Array(Variable) }),
      },
      async ({ params }) => ({
        json: { variables: await listVariables(deps.db, placedOf(deps, params).environment) },
      }),
    ),
    set(false, 'variables'),
    set(true, 'secrets'),
    route(
      `DELETE ${base}/variables/:name`,
      {
        summary: 'Remove a value or a secret',
        description: 'Removing it again changes nothing.',
        access: 'operator',
        permission: 'secrets.change',
        scope: 'platform',
      },
      async request => {
        const placed = deps.directory().placed(request.params.project, request.params.environment)
        if (placed !== undefined)
          await makeChange(deps, ownerOf(deps, placed), byOf(request), tx =>
            removeVariable(tx, placed.environment, request.params.name),
          )
        return { status: 204 }
      },
    ),
  ]
}
