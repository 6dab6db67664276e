/**
 * Monitoring: what the server did, how long it took and what went wrong. For the secret key and for operators with
 * `monitoring.read`, below `/{project}/{environment}/v1/monitoring`:
 *
 * - `GET series?metric=p95,count&by=operation&kind=request&operation=…&from=-1h&to=…&step=…&top=8`: {@link SeriesReply}
 * - `GET operations?from&to&kind`: {@link OperationsReply}
 * - `GET requests?from&to&reason&status=5xx&operation&code&minMs&limit&after`: {@link RequestsReply}
 * - `GET requests/{id}`: {@link RequestReply}
 * - `GET now`: {@link NowReply}
 * - `GET markers?from&to`: {@link MarkersReply}
 * - `GET live`: server-sent events `window`, each a {@link LiveWindow}
 *
 * For operators, over all environments of an organisation, below `/v1/platform/organisations/{organisation}/monitoring`:
 * `GET series` and `GET operations` as above, and `GET environments?from&to`: {@link EnvironmentsReply}.
 *
 * `from` and `to` are ms since 1970, ISO 8601, or how long ago (`-15m`, `-24h`, `-30d`); the last hour unless told. `step` is
 * in seconds, chosen so that there are at most 500 points unless told. Times are ms since 1970, durations ms, sizes bytes. A
 * point tells of the time from its own until the next; the last ten seconds are not told yet.
 */
import { Type, type Static } from 'typebox'
import { metricNames } from './metrics.ts'
import { defineProblems } from './problem.ts'

export { metricNames, metrics, type Metric } from './metrics.ts'

export const monitoringProblems = defineProblems('monitoring', {
  'unknown-request': {
    status: 404,
    title: 'No such request is kept',
    hint: 'Failed and slow requests are kept, and of them as many a minute as the settings say.',
  },
})

const orNull = Type.Union([Type.Number(), Type.Null()])

/**
 * What an operation is: a `request` is named after its route (`GET /data/:collection`), a `delivery` after the collection
 * whose changes were told to subscribers (`tasks`), an `account` after what happened to one: {@link accountEvents}.
 */
export const operationKinds = ['request', 'delivery', 'account', 'job', 'function'] as const
export const OperationKind = Type.Enum([...operationKinds])
export type OperationKind = (typeof operationKinds)[number]

/**
 * What happens to accounts, counted whichever way it went: `signed-up`, `signed-in` (a session was opened), and `refused`:
 * a wrong password, code, link, passkey or token, or one guess too many. It says how often, never who.
 */
export const accountEvents = ['signed-up', 'signed-in', 'refused'] as const
export type AccountEvent = (typeof accountEvents)[number]

/** How an operation ended, of requests by the first digit of the status; what is no request ends as `2xx` or `5xx`. */
export const outcomes = ['2xx', '3xx', '4xx', '5xx'] as const
export type Outcome = (typeof outcomes)[number]

/**
 * Answer of `GET /v1/monitoring/series`: columns of the same length, ready to be drawn. Where nothing was done, counts are
 * 0 and everything else is null.
 */
export const SeriesReply = Type.Object({
  from: Type.Integer({ description: 'Time of the first point.' }),
  to: Type.Integer({ description: 'End of the last point.' }),
  step: Type.Integer({ description: 'From a point to the next, ms.' }),
  times: Type.Array(Type.Integer(), { description: 'When each point begins.' }),
  series: Type.Array(
    Type.Object({
      metric: Type.Enum(metricNames),
      unit: Type.Enum(['count', 'ms', 'bytes', 'share']),
      operation: Type.Union([Type.String(), Type.Null()], {
        description:
          'With `by=operation`: which one; null for the sum of those that are not told one by one.',
      }),
      outcome: Type.Optional(Type.Enum([...outcomes], { description: 'With `by=outcome`: which one.' })),
      values: Type.Array(orNull),
      total: Type.Union([Type.Number(), Type.Null()], {
        description: 'The same over the whole time: of counts their sum, of percentiles that of everything.',
      }),
    }),
  ),
})
export type SeriesReply = Static<typeof SeriesReply>

/** What was done under one name in a time. */
export const OperationSummary = Type.Object({
  kind: OperationKind,
  operation: Type.String(),
  count: Type.Integer(),
  errors: Type.Integer({ description: 'Ended with a fault of the server (5xx).' }),
  refused: Type.Integer({ description: 'Refused (4xx).' }),
  errorRate: Type.Number(),
  mean: Type.Number(),
  p50: Type.Number(),
  p95: Type.Number(),
  p99: Type.Number(),
  max: Type.Number({ description: 'The longest, within the error of the percentiles.' }),
  database: Type.Number({ description: 'Time spent waiting for statements, ms.' }),
  databaseShare: Type.Number(),
  rows: Type.Integer(),
  bytesIn: Type.Integer(),
  bytesOut: Type.Integer(),
})
export type OperationSummary = Static<typeof OperationSummary>

/** Answer of `GET /v1/monitoring/operations`: the ones that took most time first. */
export const OperationsReply = Type.Object({
  from: Type.Integer(),
  to: Type.Integer(),
  operations: Type.Array(OperationSummary),
})
export type OperationsReply = Static<typeof OperationsReply>

/** Why a request was kept whole: `failed` (5xx), `refused` (a share of 4xx), `slow`. */
export const keptReasons = ['failed', 'refused', 'slow'] as const

/** A request that was kept, without what its statements were. No header, no body, no key, no address. */
export const RequestSummary = Type.Object({
  id: Type.String(),
  at: Type.Integer({ description: 'When it came.' }),
  reason: Type.Enum([...keptReasons]),
  operation: Type.String({ description: 'Method and pattern of the route: `GET /data/:collection`.' }),
  path: Type.String({
    description:
      'As it was asked, below the environment: names of collections and UUIDs stay, every other value is replaced by the name of its parameter, and every value of the query by `*`.',
  }),
  status: Type.Integer(),
  code: Type.Union([Type.String(), Type.Null()], {
    description: 'Code of the problem it was answered with.',
  }),
  duration: Type.Number(),
  database: Type.Number({ description: 'Time spent waiting for statements, ms.' }),
  statements: Type.Integer({ description: 'How many there were.' }),
  rows: Type.Integer(),
  bytesIn: Type.Integer(),
  bytesOut: Type.Integer(),
  caller: Type.Enum(['none', 'anonymous', 'user', 'secret', 'operator']),
  requestId: Type.String({ description: 'As in its answer and in the log.' }),
})
export type RequestSummary = Static<typeof RequestSummary>

/** Answer of `GET /v1/monitoring/requests`, the newest first. */
export const RequestsReply = Type.Object({
  requests: Type.Array(RequestSummary),
  next: Type.Union([Type.String(), Type.Null()], { description: 'Give it as `after` for the next page.' }),
})
export type RequestsReply = Static<typeof RequestsReply>

/** Statements of one text in a request. */
export const RequestStatement = Type.Object({
  text: Type.String({ description: 'As it was sent, with `$1` for each value.' }),
  count: Type.Integer({ description: 'How often.' }),
  duration: Type.Number({ description: 'Of all of them together, the wait for a connection included.' }),
  slowest: Type.Number(),
  rows: Type.Integer(),
})
export type RequestStatement = Static<typeof RequestStatement>

/** Answer of `GET /v1/monitoring/requests/{id}`. */
export const RequestReply = Type.Intersect([
  RequestSummary,
  Type.Object({
    sql: Type.Array(RequestStatement, {
      description: 'The first texts it sent, the ones that took longest first.',
    }),
    plan: Type.Union([Type.Unknown(), Type.Null()], {
      description:
        'How Postgres would answer the slowest statement, whatever its values: `EXPLAIN (GENERIC_PLAN, FORMAT JSON)`. Null before Postgres 16 and where there is none.',
    }),
    planned: Type.Union([Type.String(), Type.Null()], { description: 'The text that plan is of.' }),
  }),
])
export type RequestReply = Static<typeof RequestReply>

/** One process of the server. */
export const ProcessState = Type.Object({
  worker: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Its number; null for the first process.',
  }),
  pid: Type.Integer(),
  version: Type.String({ description: 'Of CloudBox.' }),
  node: Type.String(),
  startedAt: Type.Integer(),
  memory: Type.Integer({ description: 'Resident, bytes.' }),
  heap: Type.Integer(),
  eventLoop: Type.Object(
    { p50: Type.Number(), p99: Type.Number(), max: Type.Number(), busy: Type.Number() },
    { description: 'How late timers were in the last window, ms; `busy`: share of the time it was at work.' },
  ),
  pool: Type.Object({
    size: Type.Integer({ description: 'Connections it may have.' }),
    open: Type.Integer(),
    busy: Type.Integer(),
    waiting: Type.Integer({ description: 'Statements that wait for one.' }),
  }),
})
export type ProcessState = Static<typeof ProcessState>

/** Answer of `GET /v1/monitoring/now`. */
export const NowReply = Type.Object({
  at: Type.Integer(),
  processes: Type.Array(ProcessState),
  database: Type.Object({
    version: Type.String(),
    connections: Type.Integer({ description: 'Connections to this database, whoever holds them.' }),
    maxConnections: Type.Integer(),
    slotLag: Type.Union([Type.Integer(), Type.Null()], {
      description: 'Bytes of log that Postgres keeps for the change stream.',
    }),
    size: Type.Integer({ description: 'Of the whole database, bytes.' }),
  }),
  environment: Type.Object({
    connections: Type.Integer({ description: 'Open connections of live queries.' }),
    subscriptions: Type.Integer(),
    storage: Type.Integer({ description: 'Size of its tables and indexes, bytes.' }),
  }),
})
export type NowReply = Static<typeof NowReply>

/** What changes how things go: `start` of the server, a new `version` of it, what was done to the structure of an environment. */
export const markerKinds = ['start', 'version', 'migration', 'promotion', 'schema'] as const

const AroundMarker = Type.Object({
  count: Type.Integer(),
  p95: orNull,
  errorRate: orNull,
})

/** Something that happened at a moment, with the requests of the ten minutes before and after it. */
export const Marker = Type.Object({
  id: Type.String(),
  at: Type.Integer(),
  kind: Type.Enum([...markerKinds]),
  title: Type.String({ description: 'Such as `migration.applied`, `collection.changed` or the version.' }),
  subject: Type.String({
    description: 'What it was done to: a migration, a collection. Empty where it is the server.',
  }),
  before: AroundMarker,
  after: AroundMarker,
})
export type Marker = Static<typeof Marker>

/** Answer of `GET /v1/monitoring/markers`, the newest first. */
export const MarkersReply = Type.Object({ markers: Type.Array(Marker) })
export type MarkersReply = Static<typeof MarkersReply>

/**
 * One finished window, as the data of an event `window` of `GET /v1/monitoring/live` (server-sent events): the last one at
 * once, then one every ten seconds, also when nothing was done.
 */
export const LiveWindow = Type.Object({
  at: Type.Integer({ description: 'When it began.' }),
  step: Type.Integer({ description: 'How long it is, ms.' }),
  requests: Type.Object({
    count: Type.Integer(),
    errors: Type.Integer(),
    refused: Type.Integer(),
    p50: orNull,
    p95: orNull,
    p99: orNull,
    database: Type.Number(),
    bytesIn: Type.Integer(),
    bytesOut: Type.Integer(),
  }),
  deliveries: Type.Object({ count: Type.Integer(), p50: orNull, p95: orNull, p99: orNull }),
  operations: Type.Array(OperationSummary),
  levels: Type.Record(Type.String(), Type.Number(), {
    description: 'Levels by their metric: `connections`, `subscriptions`, `poolBusy` …',
  }),
})
export type LiveWindow = Static<typeof LiveWindow>

/** One environment of an organisation in a time. */
export const EnvironmentSummary = Type.Object({
  project: Type.String(),
  environment: Type.String(),
  count: Type.Integer({ description: 'Requests.' }),
  errors: Type.Integer(),
  errorRate: Type.Number(),
  p50: orNull,
  p95: orNull,
  p99: orNull,
  bytesIn: Type.Integer(),
  bytesOut: Type.Integer(),
})
export type EnvironmentSummary = Static<typeof EnvironmentSummary>

/** Answer of `GET /v1/platform/organisations/{organisation}/monitoring/environments`, the busiest first. */
export const EnvironmentsReply = Type.Object({
  from: Type.Integer(),
  to: Type.Integer(),
  environments: Type.Array(EnvironmentSummary),
})
export type EnvironmentsReply = Static<typeof EnvironmentsReply>
