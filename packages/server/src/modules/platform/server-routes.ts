import { ServerFacts, VariableNames } from '@cloudbox/protocol/server-facts'
import { describePostgres } from '../../kernel/postgres/describe.ts'
import { route, type Route } from '../../kernel/route.ts'
import { version } from '../../kernel/version.ts'
import type { PlatformDeps } from './deps.ts'
import { listVariables } from './variables/variables.ts'

/** What an environment runs on and with: for those who compare it with another. Nothing here is a secret or a path. */
export function serverRoutes(deps: PlatformDeps): Route[] {
  return [
    route(
      'GET /platform/server',
      {
        summary: 'What this environment runs on',
        description: 'Versions, clocks, and what of Postgres decides how requests behave.',
        access: 'secret',
        permission: 'environments.read',
        reply: ServerFacts,
      },
      async () => {
        const { facts, at } = await describePostgres(deps.db)
        return {
          json: {
            version,
            node: process.versions.node,
            at: new Date().toISOString(),
            databaseAt: at,
            postgres: facts,
          },
        }
      },
    ),

    route(
      'GET /platform/variables',
      {
        summary: 'The names of the configuration and the secrets of this environment',
        description: 'Names only; what they hold is not told here.',
        access: 'secret',
        permission: 'environments.read',
        reply: VariableNames,
      },
      async ({ environment }) => ({
        json: {
          variables: (await listVariables(deps.db, environment)).map(({ name, isSecret }) => ({
            name,
            isSecret,
          })),
        },
      }),
    ),
  ]
}
