import { Type } from 'typebox'
import { realtimeProblems } from '@cloudbox/protocol/realtime'
import { Problem } from '../../kernel/problem.ts'
import { route, type Route } from '../../kernel/route.ts'
import type { Inspector } from './inspect.ts'

const mostConnections = 500

const page = Type.Object(
  {
    limit: Type.Optional(
      Type.String({ pattern: '^[1-9][0-9]{0,3}$', description: '100 unless told; at most 500.' }),
    ),
    after: Type.Optional(Type.String({ description: 'The `next` of the page before.' })),
  },
  { additionalProperties: false },
)

/** For the operator: who is connected, what is asked, and what was decided about it. */
export function inspectRoutes(inspector: Inspector): Route[] {
  return [
    route(
      'GET /realtime/inspect',
      {
        summary: 'Connections with live queries',
        description:
          'Connections of this environment by id, with their subscriptions, whichever worker they are at.',
        access: 'secret',
        permission: 'realtime.inspect',
        query: page,
      },
      async ({ environment, query: { limit = '100', after = '' } }) => {
        const all = await inspector.connections(environment.id)
        const rest = all.filter(({ id }) => id > after)
        const connections = rest.slice(0, Math.min(Number(limit), mostConnections))
        const next = rest.length > connections.length ? connections.at(-1)!.id : null
        return { json: { count: all.length, connections, next } }
      },
    ),
    route(
      'GET /realtime/inspect/:connection/:subscription',
      {
        summary: 'The last decisions about one live query',
        description:
          'The last 100 changes of its collection: whether each was sent, and which condition decided.',
        access: 'secret',
        permission: 'realtime.inspect',
        problems: [realtimeProblems['unknown-subscription']],
      },
      async ({ environment, params }) => {
        const { connection, subscription } = params
        const found = await inspector.explain({
          environmentId: environment.id,
          connection,
          subscription: Number(subscription),
        })
        if (found !== undefined) return { json: found }
        throw new Problem(
          realtimeProblems['unknown-subscription'],
          `There is no subscription ${subscription} of ${connection}.`,
        )
      },
    ),
  ]
}
