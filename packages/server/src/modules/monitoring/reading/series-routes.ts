import {
  EnvironmentsReply,
  metricNames,
  metrics,
  OperationKind,
  OperationsReply,
  SeriesReply,
  type Metric,
} from '@cloudbox/protocol/monitoring'
import { httpProblems } from '@cloudbox/protocol/http'
import { Type, type Static } from 'typebox'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Route } from '../../../kernel/route.ts'
import { Counted, nowhere } from '../counting/window.ts'
import type { MonitoringDeps } from '../deps.ts'
import type { StoredWindow } from '../rollups/stored-windows.ts'
import { addTo, OperationsSum } from './operations.ts'
import { Point, valueAt } from './points.ts'
import { rangeOf, rangeQuery, readTimes } from './range.ts'
import { walkWindows } from './read-windows.ts'
import { seriesMaker } from './series.ts'

const closed = { additionalProperties: false } as const

const SeriesQuery = Type.Object(
  {
    metric: Type.String({
      description: `One or several, with commas: ${metricNames.join(', ')}.`,
      maxLength: 400,
    }),
    by: Type.Optional(
      Type.Enum(['operation', 'outcome'], { description: 'One series for each, instead of one for all.' }),
    ),
    kind: Type.Optional(OperationKind),
    operation: Type.Optional(Type.String({ description: 'Only this one.', maxLength: 300 })),
    ...rangeQuery,
    step: Type.Optional(
      Type.String({ pattern: '^[1-9][0-9]{0,7}$', description: 'Seconds from point to point.' }),
    ),
    top: Type.Optional(
      Type.String({
        pattern: '^([1-9]|1[0-9]|20)$',
        description: 'With `by=operation`: how many are told one by one; 8 unless told.',
      }),
    ),
  },
  closed,
)
const OperationsQuery = Type.Object({ ...rangeQuery, kind: Type.Optional(OperationKind) }, closed)

const description =
  'In at most 500 points, of windows of 10 s (kept for hours), a minute (for days) or an hour. Percentiles are within 1.1 % of what they are.'

/** How things went over a time: below an environment, and over all environments of an organisation. */
export function seriesRoutes(deps: MonitoringDeps): Route[] {
  const organisation = '/platform/organisations/:organisation/monitoring'
  const ofOrganisation = ({ organisation: name }: { readonly organisation: string }) =>
    deps.environmentsOf(name).map(({ id }) => id)
  return [
    route(
      'GET /monitoring/series',
      {
        summary: 'How a figure went over a time',
        description,
        access: 'secret',
        permission: 'monitoring.read',
        query: SeriesQuery,
        reply: SeriesReply,
      },
      async ({ environment, query }) => ({ json: await readSeries(deps, [environment.id], query) }),
    ),
    route(
      'GET /monitoring/operations',
      {
        summary: 'What was done in a time, with how often, how fast and how well',
        access: 'secret',
        permission: 'monitoring.read',
        query: OperationsQuery,
        reply: OperationsReply,
      },
      async ({ environment, query }) => ({ json: await readOperations(deps, [environment.id], query) }),
    ),
    route(
      `GET ${organisation}/series`,
      {
        summary: 'How a figure went over a time, in all environments of an organisation',
        description,
        access: 'operator',
        permission: 'monitoring.read',
        scope: 'platform',
        query: SeriesQuery,
        reply: SeriesReply,
      },
      async ({ params, query }) => ({ json: await readSeries(deps, ofOrganisation(params), query) }),
    ),
    route(
      `GET ${organisation}/operations`,
      {
        summary: 'What was done in all environments of an organisation',
        access: 'operator',
        permission: 'monitoring.read',
        scope: 'platform',
        query: OperationsQuery,
        reply: OperationsReply,
      },
      async ({ params, query }) => ({ json: await readOperations(deps, ofOrganisation(params), query) }),
    ),
    route(
      `GET ${organisation}/environments`,
      {
        summary: 'How requests went in each environment of an organisation, the busiest first',
        access: 'operator',
        permission: 'monitoring.read',
        scope: 'platform',
        query: Type.Object(rangeQuery, closed),
        reply: EnvironmentsReply,
      },
      async ({ params, query }) => ({ json: await readEnvironments(deps, params.organisation, query) }),
    ),
  ]
}

async function readSeries(
  deps: MonitoringDeps,
  environmentIds: readonly string[],
  query: Static<typeof SeriesQuery>,
): Promise<SeriesReply> {
  const { by, kind = 'request', operation, top = '8', step } = query
  const asked = readMetrics(query.metric)
  const now = deps.clock.now()
  const range = rangeOf(readTimes(query, now), step, deps.config, now)
  const isOfServer = asked.some(metric => !metrics[metric].ofOperations)
  const maker = seriesMaker(
    range,
    { metrics: asked, by, kind, operation, top: Number(top) },
    deps.operationAt,
  )
  await walkWindows(deps, range, [...environmentIds, ...(isOfServer ? [nowhere] : [])], window =>
    maker.add(window.environmentId === nowhere ? { ...window, counted: onlyLevels(window.counted) } : window),
  )
  return maker.made()
}

/** Requests that led nowhere belong to no environment. */
function onlyLevels(counted: Counted): Counted {
  const levels = new Counted()
  levels.joinLevels(counted)
  return levels
}

function readMetrics(text: string): Metric[] {
  const names = text.split(',')
  const unknown = names.filter(name => !Object.hasOwn(metrics, name))
  if (unknown.length === 0) return names as Metric[]
  throw new Problem(httpProblems['invalid-request'], `?/metric: there is no metric ${unknown.join(', ')}.`, {
    hint: `There are ${metricNames.join(', ')}.`,
    errors: unknown.map(name => ({ at: '?/metric', message: `there is no metric ${name}` })),
  })
}

async function readOperations(
  deps: MonitoringDeps,
  environmentIds: readonly string[],
  query: Static<typeof OperationsQuery>,
): Promise<OperationsReply> {
  const sum = new OperationsSum(deps.operationAt, query.kind)
  const { from, to } = await walk(deps, environmentIds, query, ({ counted }) => sum.add(counted))
  return { from, to, operations: sum.all() }
}

async function readEnvironments(
  deps: MonitoringDeps,
  organisation: string,
  query: { readonly from?: string; readonly to?: string },
): Promise<EnvironmentsReply> {
  const placed = deps.environmentsOf(organisation)
  const totals = new Map(placed.map(({ id }) => [id, new Point()]))
  const { from, to } = await walk(deps, [...totals.keys()], query, ({ environmentId, counted }) =>
    addTo(totals.get(environmentId)!, counted, deps.operationAt, 'request'),
  )
  const environments = placed.map(({ id, project, name }) => {
    const total = totals.get(id)!
    return {
      project,
      environment: name,
      count: total.all.count,
      errors: total.errors,
      errorRate: valueAt('errorRate', total) ?? 0,
      p50: valueAt('p50', total),
      p95: valueAt('p95', total),
      p99: valueAt('p99', total),
      bytesIn: total.all.bytesIn,
      bytesOut: total.all.bytesOut,
    }
  })
  return { from, to, environments: environments.sort((a, b) => b.count - a.count) }
}

async function walk(
  deps: MonitoringDeps,
  environmentIds: readonly string[],
  query: { readonly from?: string | undefined; readonly to?: string | undefined },
  each: (window: StoredWindow) => void,
): Promise<{ from: number; to: number }> {
  const now = deps.clock.now()
  const range = rangeOf(readTimes(query, now), undefined, deps.config, now)
  await walkWindows(deps, range, environmentIds, each)
  return { from: range.from, to: range.to }
}
