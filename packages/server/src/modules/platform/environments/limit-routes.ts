import { Type } from 'typebox'
import type { Tx } from '../../../kernel/db.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { byCaller } from '../audit/author.ts'
import { makeChange } from '../change.ts'
import { ownerOf, type PlatformDeps } from '../deps.ts'
import { changeLimits, limitsChange, limitsReply, showLimits } from './limits.ts'
import { openSqlAccess } from './sql-access.ts'

/** What stands under the address of an environment, for its secret key and for operators. */
export function limitRoutes(deps: PlatformDeps): Route[] {
  const ownerOfEnvironment = (environmentId: string) =>
    ownerOf(deps, deps.directory().placedById(environmentId)!)

  return [
    route(
      'GET /limits',
      {
        summary: 'What one request may cost in this environment',
        description: 'null is the default of the server.',
        access: 'secret',
        permission: 'environments.read',
        reply: limitsReply,
      },
      ({ environment }) => ({ json: showLimits(environment.limits) }),
    ),

    route(
      'PATCH /limits',
      {
        summary: 'Change what one request may cost',
        description:
          'Changes those that are named; null goes back to the default. All requests that follow obey.',
        access: 'secret',
        permission: 'environments.change',
        body: limitsChange,
        reply: limitsReply,
      },
      async request => {
        const { environment, body } = request
        const owner = ownerOfEnvironment(environment.id)
        const work = (tx: Tx) => changeLimits(tx, environment, body)
        return { json: await makeChange(deps, owner, byCaller(request), work) }
      },
    ),

    route(
      'POST /platform/sql-access',
      {
        summary: 'Open direct SQL access to this environment',
        description:
          'Sets a new password for the role of this environment and answers it once. Native row security guards the role with the same policies: `set cloudbox.token` to a user token to act as that user.',
        access: 'secret',
        permission: 'sql.open',
        reply: Type.Object({ user: Type.String(), password: Type.String(), database: Type.String() }),
      },
      async request => {
        const { environment } = request
        const owner = ownerOfEnvironment(environment.id)
        const work = (tx: Tx) => openSqlAccess(tx, environment, deps.db.connection.database)
        return { json: await makeChange(deps, owner, byCaller(request), work) }
      },
    ),
  ]
}
