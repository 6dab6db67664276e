import { AlertsReply, IncidentsReply } from '@cloudbox/protocol/alerts'
import { Type } from 'typebox'
import { route, type Route } from '../../../kernel/route.ts'
import { sql } from '../../../kernel/sql.ts'
import type { AlertsDeps } from '../deps.ts'
import { isAlive, readGaps, readWatch } from '../evaluating/watch.ts'
import { readIncidents } from './read-incidents.ts'

const IncidentsQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.String({ pattern: '^([1-9]|[1-9][0-9]|100)$', description: '50 unless told, 100 at most.' }),
    ),
    before: Type.Optional(
      Type.String({
        pattern: '^[0-9]{1,18}$',
        description: 'Older than this one: `next` of the page before.',
      }),
    ),
  },
  { additionalProperties: false },
)

/** What fires, and what has fired. */
export function incidentRoutes(deps: AlertsDeps): Route[] {
  const { db, clock, config } = deps
  return [
    route(
      'GET /alerts',
      {
        summary: 'What fires now, and whether anybody watches',
        access: 'secret',
        permission: 'alerts.read',
        reply: AlertsReply,
      },
      async ({ environment }) => {
        const environmentId = environment.id
        const now = clock.now()
        const [firing, watch, counts] = await Promise.all([
          readIncidents(db, { environmentId, isFiring: true, limit: 100 }, now),
          readWatch(db),
          db.query<{ pending: number; channels: number }>(sql`
            select (select count(*)::int from cloudbox.alerts_states
                where environment_id = ${environmentId} and state ->> 'phase' = 'pending') as pending,
              (select count(*)::int from cloudbox.alerts_channels
                where environment_id = ${environmentId} and is_on) as channels`),
        ])
        const heartbeat =
          config.heartbeatUrl === ''
            ? null
            : {
                host: URL.parse(config.heartbeatUrl)?.host ?? '',
                deliveredAt: watch.heartbeatAt,
                failure: watch.heartbeatFailure,
              }
        return {
          json: {
            firing,
            ...counts[0]!,
            watch: { evaluatedAt: watch.evaluatedAt, isAlive: isAlive(watch, now), heartbeat },
          } satisfies AlertsReply,
        }
      },
    ),
    route(
      'GET /alerts/incidents',
      {
        summary: 'What has fired, with whom it was told and whether that arrived',
        access: 'secret',
        permission: 'alerts.read',
        query: IncidentsQuery,
        reply: IncidentsReply,
      },
      async ({ environment, query }) => {
        const limit = Number(query.limit ?? '50')
        const now = clock.now()
        const incidents = await readIncidents(
          db,
          { environmentId: environment.id, before: query.before, limit },
          now,
        )
        const isWhole = incidents.length < limit
        const until = query.before === undefined ? Infinity : (incidents[0]?.firedAt ?? 0)
        const gaps = await readGaps(
          db,
          isWhole ? 0 : incidents.at(-1)!.firedAt,
          Number.isFinite(until) ? until : now + 60_000,
        )
        return {
          json: { incidents, gaps, next: isWhole ? null : incidents.at(-1)!.id } satisfies IncidentsReply,
        }
      },
    ),
  ]
}
