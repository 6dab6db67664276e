import {
  EndpointsReply,
  KeysReply,
  RetentionReply,
  UsageOverview,
  UsageReply,
} from '@cloudbox/protocol/usage'
import { Type } from 'typebox'
import { route, type Route } from '../../../kernel/route.ts'
import type { UsageDeps } from '../deps.ts'
import { cohortWeeks } from '../people/cohort.ts'
import { beginOf } from '../people/periods.ts'
import { rangeQuery, readDays } from './range.ts'
import { readEndpoints, readKeys, readOverview, readRetention, readUsage } from './read-usage.ts'

const closed = { additionalProperties: false } as const
const DaysQuery = Type.Object(rangeQuery, closed)
const mostEndpoints = 200

/** How much is used: below an environment, and over those of a project or an organisation. */
export function usageRoutes(deps: UsageDeps): Route[] {
  const { db, clock } = deps
  const days = (query: { readonly from?: string; readonly to?: string }) =>
    readDays(query, clock.now(), deps.keptDays)
  return [
    route(
      'GET /usage/days',
      {
        summary: 'Requests, data, users and visitors, day by day',
        description:
          'Numbers of people come from sketches, with a standard error of 0.8 %. Nothing about anybody is stored, so visitors cannot be followed from one day to the next.',
        access: 'secret',
        permission: 'usage.read',
        query: DaysQuery,
        reply: UsageReply,
      },
      async ({ environment, query }) => ({ json: await readUsage(db, environment.id, days(query)) }),
    ),
    route(
      'GET /usage/endpoints',
      {
        summary: 'The endpoints that were asked most',
        access: 'secret',
        permission: 'usage.read',
        query: Type.Object(
          {
            ...rangeQuery,
            limit: Type.Optional(
              Type.String({ pattern: '^[1-9][0-9]{0,2}$', description: '20 unless told; at most 200.' }),
            ),
          },
          closed,
        ),
        reply: EndpointsReply,
      },
      async ({ environment, query }) => {
        const told = days(query)
        const limit = Math.min(Number(query.limit ?? '20'), mostEndpoints)
        return { json: { ...told, endpoints: await readEndpoints(db, environment.id, told, limit) } }
      },
    ),
    route(
      'GET /usage/keys',
      {
        summary: 'How much was asked with each key',
        access: 'secret',
        permission: 'usage.read',
        query: DaysQuery,
        reply: KeysReply,
      },
      async ({ environment, query }) => {
        const told = days(query)
        const keys = await readKeys(db, environment.id, told, deps.keysOf(environment.id))
        return { json: { ...told, keys } }
      },
    ),
    route(
      'GET /usage/retention',
      {
        summary: 'How many users came back, week by week, of those whose accounts were made in the same week',
        description:
          'The id of an account tells when it was made, so nobody has to be followed: each week the active ones are counted by the week of their account. Of fewer than five no number is told.',
        access: 'secret',
        permission: 'usage.read',
        query: Type.Object(
          {
            weeks: Type.Optional(
              Type.String({
                pattern: '^([1-9]|1[0-3])$',
                description: `How many weeks of accounts, up to ${cohortWeeks + 1}; 8 unless told.`,
              }),
            ),
          },
          closed,
        ),
        reply: RetentionReply,
      },
      async ({ environment, query }) => ({
        json: await readRetention(
          db,
          environment.id,
          beginOf('week', clock.now()),
          Number(query.weeks ?? '8'),
        ),
      }),
    ),
    route(
      'GET /platform/organisations/:organisation/usage',
      {
        summary: 'How much each environment of an organisation is used',
        access: 'operator',
        permission: 'usage.read',
        scope: 'platform',
        query: DaysQuery,
        reply: UsageOverview,
      },
      async ({ params, query }) => ({
        json: await readOverview(db, deps.environmentsOf(params.organisation), days(query), clock.now()),
      }),
    ),
    route(
      'GET /platform/projects/:project/usage',
      {
        summary: 'How much each environment of a project is used',
        access: 'operator',
        permission: 'usage.read',
        scope: 'platform',
        query: DaysQuery,
        reply: UsageOverview,
      },
      async ({ params, query }) => ({
        json: await readOverview(db, deps.environmentsOfProject(params.project), days(query), clock.now()),
      }),
    ),
  ]
}
