import type { Operation } from '../../../kernel/observation.ts'
import { nowhere, type Counted } from '../counting/window.ts'
import type { Sketch } from '../counting/sketch.ts'
import { outcomeNames } from '../reading/points.ts'
import type { ProcessTotals, TotalCounts } from './totals.ts'

export interface MetricsSource {
  readonly totals: TotalCounts
  readonly processes: readonly Pick<ProcessTotals, 'process' | 'cpuSeconds' | 'levels'>[]
  readonly slotLag: number | null
  operationAt(index: number): Operation
  /** Project and name; undefined where it is not there any more. */
  placeOf(environmentId: string): { readonly project: string; readonly name: string } | undefined
}

export type Labels = Readonly<Record<string, string | number>>

/** How values are spread since the start. */
export interface Histogram {
  /** Upper bounds of all buckets but the last, which has none. */
  readonly bounds: readonly number[]
  /** Values in each bucket, one more than there are bounds. */
  readonly counts: readonly number[]
  readonly sum: number
  readonly count: number
}

interface Described {
  /** As Prometheus has it, with its unit. */
  readonly name: string
  readonly help: string
}

export interface NumberMetric extends Described {
  /** A counter counts since the start of the server. */
  readonly type: 'counter' | 'gauge'
  readonly points: readonly (readonly [Labels, number])[]
}

export interface HistogramMetric extends Described {
  readonly type: 'histogram'
  readonly points: readonly (readonly [Labels, Histogram])[]
}

/** One figure of the whole server, however it is told. */
export type Metric = NumberMetric | HistogramMetric

/** Upper bounds of durations, ms. */
const boundsMs = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000]
const bounds = boundsMs.map(ms => ms / 1000)

/** Everything there is to tell. */
export function metricsOf(source: MetricsSource): Metric[] {
  return [
    ...operationMetrics(source, {
      kind: 'request',
      prefix: 'cloudbox_request',
      total: 'cloudbox_requests_total',
      counted: 'Requests',
    }),
    ...operationMetrics(source, {
      kind: 'delivery',
      prefix: 'cloudbox_realtime_delivery',
      total: 'cloudbox_realtime_deliveries_total',
      counted: 'Commits told to subscribers of live queries',
    }),
    ...requestMetrics(source),
    ...accountMetrics(source),
    ...levelMetrics(source),
    ...processMetrics(source),
  ]
}

interface Counting {
  readonly kind: Operation['kind']
  readonly prefix: string
  readonly total: string
  readonly counted: string
}

function talliesOf(counted: Counted, { operationAt }: MetricsSource, kind: Operation['kind']) {
  return [...counted.tallies].flatMap(([key, tally]) => {
    const { kind: own, name: operation } = operationAt(Math.floor(key / 4))
    return own === kind ? [{ operation, outcome: outcomeNames[key % 4]!, tally }] : []
  })
}

function operationMetrics(source: MetricsSource, { kind, prefix, total, counted }: Counting): Metric[] {
  const isRequest = kind === 'request'
  const counts = countsOf(source, kind, (operation, outcome) => ({
    operation,
    ...(isRequest && { outcome }),
  }))
  const durations = talliesOf(source.totals.all, source, kind).map(
    ({ operation, outcome, tally }): readonly [Labels, Histogram] => [
      { operation, ...(isRequest && { outcome }) },
      {
        bounds,
        counts: spread(tally.durations, tally.count),
        sum: tally.durationUs / 1e6,
        count: tally.count,
      },
    ],
  )
  return [
    { name: total, type: 'counter', help: `${counted}.`, points: counts },
    {
      name: `${prefix}_duration_seconds`,
      type: 'histogram',
      help: 'How long they took.',
      points: durations,
    },
  ]
}

function accountMetrics(source: MetricsSource): Metric[] {
  return [
    {
      name: 'cloudbox_account_events_total',
      type: 'counter',
      help: 'What happened to accounts: signed-up, signed-in, refused.',
      points: countsOf(source, 'account', event => ({ event })),
    },
  ]
}

/** How often things of a kind were done, by environment and by what labels make of their name. */
function countsOf(
  source: MetricsSource,
  kind: Operation['kind'],
  labels: (operation: string, outcome: string) => Labels,
): (readonly [Labels, number])[] {
  return [...source.totals.byEnvironment].flatMap(([id, own]) => {
    const place = id === nowhere ? { project: '', name: '' } : source.placeOf(id)
    if (place === undefined) return []
    const { project, name: environment } = place
    return talliesOf(own, source, kind).map(({ operation, outcome, tally }): readonly [Labels, number] => [
      { project, environment, ...labels(operation, outcome) },
      tally.count,
    ])
  })
}

function spread(durations: Sketch, count: number): number[] {
  const upTo = [...boundsMs.map(bound => durations.countUpTo(bound)), count]
  return upTo.map((whole, i) => whole - (upTo[i - 1] ?? 0))
}

function requestMetrics(source: MetricsSource): Metric[] {
  const all = talliesOf(source.totals.all, source, 'request')
  const each = (
    name: string,
    help: string,
    read: (one: (typeof all)[number]['tally']) => number,
  ): Metric => ({
    name,
    type: 'counter',
    help,
    points: all.map(({ operation, outcome, tally }) => [{ operation, outcome }, read(tally)]),
  })
  return [
    each(
      'cloudbox_request_database_seconds_total',
      'Time requests waited for statements.',
      tally => tally.databaseUs / 1e6,
    ),
    each('cloudbox_request_body_bytes_total', 'Bytes of bodies of requests.', tally => tally.bytesIn),
    each('cloudbox_response_body_bytes_total', 'Bytes of bodies of answers.', tally => tally.bytesOut),
  ]
}

function levelMetrics({ processes, placeOf }: MetricsSource): Metric[] {
  const told = [
    ['connections', 'cloudbox_realtime_connections', 'Open connections of live queries.'],
    ['subscriptions', 'cloudbox_realtime_subscriptions', 'Live queries.'],
  ] as const
  return told.map(([wanted, name, help]) => {
    const byEnvironment = new Map<string, number>()
    for (const { name: own, environmentId, value } of processes.flatMap(({ levels }) => levels))
      if (own === wanted && environmentId !== undefined)
        byEnvironment.set(environmentId, (byEnvironment.get(environmentId) ?? 0) + value)
    const points = [...byEnvironment].flatMap(([id, value]): (readonly [Labels, number])[] => {
      const place = placeOf(id)
      return place === undefined ? [] : [[{ project: place.project, environment: place.name }, value]]
    })
    return { name, type: 'gauge', help, points }
  })
}

function processMetrics({ processes, slotLag }: MetricsSource): Metric[] {
  type One = MetricsSource['processes'][number]
  const each = (
    name: string,
    type: NumberMetric['type'],
    help: string,
    read: (one: One) => number,
  ): Metric => ({
    name,
    type,
    help,
    points: processes.map(one => [{ worker: one.process.worker ?? 0 }, read(one)]),
  })
  const pool = (name: keyof One['process']['pool'], help: string) =>
    each(`cloudbox_database_pool_${name}`, 'gauge', help, one => one.process.pool[name])
  const one = (name: string, help: string, labels: Labels, value: number): Metric => ({
    name,
    type: 'gauge',
    help,
    points: [[labels, value]],
  })
  const [first] = processes
  return [
    pool('size', 'Connections to Postgres there may be.'),
    pool('open', 'Connections to Postgres.'),
    pool('busy', 'Connections to Postgres in use.'),
    pool('waiting', 'Statements that wait for a connection.'),
    ...(slotLag === null
      ? []
      : [
          one(
            'cloudbox_stream_slot_lag_bytes',
            'Log that Postgres keeps for the change stream.',
            {},
            slotLag,
          ),
        ]),
    each('process_resident_memory_bytes', 'gauge', 'Resident memory.', ({ process }) => process.memory),
    each('process_cpu_seconds_total', 'counter', 'Processor time.', ({ cpuSeconds }) => cpuSeconds),
    each(
      'process_start_time_seconds',
      'gauge',
      'When it was started.',
      ({ process }) => process.startedAt / 1000,
    ),
    each('nodejs_heap_used_bytes', 'gauge', 'Memory of objects.', ({ process }) => process.heap),
    each(
      'nodejs_eventloop_lag_p99_seconds',
      'gauge',
      'How late timers were in the last ten seconds.',
      ({ process }) => process.eventLoop.p99 / 1000,
    ),
    each(
      'nodejs_eventloop_lag_max_seconds',
      'gauge',
      'How late a timer was at most in the last ten seconds.',
      ({ process }) => process.eventLoop.max / 1000,
    ),
    ...(first === undefined
      ? []
      : [
          one(
            'cloudbox_info',
            'What runs here.',
            { version: first.process.version, node: first.process.node },
            1,
          ),
        ]),
  ]
}
