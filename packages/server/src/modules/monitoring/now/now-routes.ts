import { MarkersReply, NowReply } from '@cloudbox/protocol/monitoring'
import { Type } from 'typebox'
import { route, type Route } from '../../../kernel/route.ts'
import type { MonitoringDeps } from '../deps.ts'
import { readMarkers } from '../markers/markers.ts'
import { rangeQuery, readTimes } from '../reading/range.ts'

/** How things are, and what has changed them. */
export function nowRoutes(deps: MonitoringDeps): Route[] {
  return [
    route(
      'GET /monitoring/now',
      {
        summary: 'How the server is at this moment',
        description: 'Its processes, the database, and the live queries and size of this environment.',
        access: 'secret',
        permission: 'monitoring.read',
        reply: NowReply,
      },
      async ({ environment }) => ({ json: await deps.readNow(environment) }),
    ),
    route(
      'GET /monitoring/markers',
      {
        summary: 'What changed how things go: starts, versions, migrations, promotions, structure',
        description:
          'Each with the requests of the ten minutes before and after it; of the hours where minutes are no longer kept.',
        access: 'secret',
        permission: 'monitoring.read',
        query: Type.Object(rangeQuery, { additionalProperties: false }),
        reply: MarkersReply,
      },
      async ({ environment, query }) => {
        const now = deps.clock.now()
        const times = readTimes({ ...query, from: query.from ?? '-24h' }, now)
        return { json: { markers: await readMarkers(deps, environment.id, times, now) } }
      },
    ),
    route(
      'GET /monitoring/live',
      {
        summary: 'Every ten seconds what was done in them, as server-sent events',
        description:
          'Events `window`; the newest one at once. Read it with `fetch`: the key belongs in a header.',
        access: 'secret',
        permission: 'monitoring.read',
      },
      ({ environment, credentials }) => ({
        headers: {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store, no-transform',
          'x-accel-buffering': 'no',
          connection: 'close',
        },
        takeOver: response =>
          deps.live.open(environment.id, response, () =>
            deps.gate.recheck(environment, credentials, 'monitoring.read'),
          ),
      }),
    ),
  ]
}
