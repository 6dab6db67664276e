import { keptReasons, monitoringProblems, RequestReply, RequestsReply } from '@cloudbox/protocol/monitoring'
import { Type } from 'typebox'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import type { MonitoringDeps } from '../deps.ts'
import { rangeQuery, readTimes } from '../reading/range.ts'
import { planSlowest } from './plan.ts'
import { findRequest, findRequests } from './stored-requests.ts'

const mostRequests = 200
const whole = '^[0-9]{1,18}$'

/** The requests that were kept whole. */
export function requestRoutes(deps: MonitoringDeps): Route[] {
  return [
    route(
      'GET /monitoring/requests',
      {
        summary: 'Requests that failed, were refused or slow, the newest first',
        description:
          'As many a minute as the settings say, drawn from all that could be kept. Nothing in them is about anybody: no header, no body, no address, no value of a parameter.',
        access: 'secret',
        permission: 'monitoring.read',
        query: Type.Object(
          {
            ...rangeQuery,
            reason: Type.Optional(Type.Enum([...keptReasons])),
            status: Type.Optional(
              Type.String({
                pattern: '^([1-5]xx|[1-5][0-9]{2})$',
                description: '`404`, or `5xx` for all of them.',
              }),
            ),
            operation: Type.Optional(
              Type.String({ maxLength: 300, description: '`GET /data/:collection`.' }),
            ),
            code: Type.Optional(Type.String({ maxLength: 100, description: 'Code of the problem.' })),
            minMs: Type.Optional(
              Type.String({ pattern: '^[0-9]{1,9}$', description: 'Took at least so long.' }),
            ),
            limit: Type.Optional(
              Type.String({ pattern: '^[1-9][0-9]{0,2}$', description: '50 unless told; at most 200.' }),
            ),
            after: Type.Optional(Type.String({ pattern: whole, description: '`next` of the page before.' })),
          },
          { additionalProperties: false },
        ),
        reply: RequestsReply,
      },
      async ({ environment, query }) => {
        const { reason, status, operation, code, minMs, limit: asked = '50', after } = query
        const limit = Math.min(Number(asked), mostRequests)
        const found = await findRequests(deps.db, environment.id, {
          ...readTimes({ ...query, from: query.from ?? '-30d' }, deps.clock.now()),
          reason,
          status: status === undefined ? undefined : Number(status.replace('xx', '')),
          operation,
          code,
          minMs: minMs === undefined ? undefined : Number(minMs),
          after,
          limit: limit + 1,
        })
        const requests = found.slice(0, limit)
        return { json: { requests, next: found.length > limit ? requests.at(-1)!.id : null } }
      },
    ),
    route(
      'GET /monitoring/requests/:id',
      {
        summary: 'One of them with its statements, and how Postgres would answer the slowest',
        access: 'secret',
        permission: 'monitoring.read',
        reply: RequestReply,
        problems: [monitoringProblems['unknown-request']],
      },
      async ({ environment, params: { id } }) => {
        const found = new RegExp(whole).test(id) ? await findRequest(deps.db, environment.id, id) : undefined
        if (found === undefined)
          throw new Problem(monitoringProblems['unknown-request'], `No request ${id} is kept here.`)
        const { plan = null, planned = null } = (await planSlowest(deps.db, found.statements)) ?? {}
        const sql = found.statements.map(({ text, count, duration, slowest, rows }) => ({
          text,
          count,
          duration,
          slowest,
          rows,
        }))
        return { json: { ...found.request, sql, plan, planned } }
      },
    ),
  ]
}
