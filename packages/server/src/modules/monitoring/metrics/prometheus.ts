import type { Operation } from '../../../kernel/observation.ts'
import { nowhere, type Counted } from '../counting/window.ts'
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

/** Upper bounds of durations, ms. */
const boundsMs = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000]

type Labels = Readonly<Record<string, string | number>>

/** The text of one metric after the other. */
class Page {
  readonly #lines: string[] = []

  metric(
    name: string,
    type: 'counter' | 'gauge' | 'histogram',
    help: string,
  ): (labels: Labels, value: number, suffix?: string) => void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
    return (labels, value, suffix = '') => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(String(text))}"`)
      this.#lines.push(`${name}${suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`)
    }
  }

  get text(): string {
    return `${this.#lines.join('\n')}\n`
  }
}

/** @see https://prometheus.io/docs/instrumenting/exposition_formats/ */
function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

/** Everything there is to tell, as Prometheus reads it. */
export function writeMetrics(source: MetricsSource): string {
  const page = new Page()
  writeOperations(page, source, {
    kind: 'request',
    prefix: 'cloudbox_request',
    total: 'cloudbox_requests_total',
    counted: 'Requests',
  })
  writeOperations(page, source, {
    kind: 'delivery',
    prefix: 'cloudbox_realtime_delivery',
    total: 'cloudbox_realtime_deliveries_total',
    counted: 'Commits told to subscribers of live queries',
  })
  writeDatabaseTime(page, source)
  writeLevels(page, source)
  writeProcesses(page, source)
  return page.text
}

interface Written {
  readonly kind: Operation['kind']
  readonly prefix: string
  readonly total: string
  readonly counted: string
}

function* talliesOf(counted: Counted, { operationAt }: MetricsSource, kind: Operation['kind']) {
  for (const [key, tally] of counted.tallies) {
    const { kind: own, name: operation } = operationAt(Math.floor(key / 4))
    if (own === kind) yield { operation, outcome: outcomeNames[key % 4]!, tally }
  }
}

function writeOperations(page: Page, source: MetricsSource, { kind, prefix, total, counted }: Written): void {
  const { totals, placeOf } = source
  const isRequest = kind === 'request'
  const count = page.metric(total, 'counter', `${counted}.`)
  for (const [id, own] of totals.byEnvironment) {
    const place = id === nowhere ? { project: '', name: '' } : placeOf(id)
    if (place === undefined) continue
    for (const { operation, outcome, tally } of talliesOf(own, source, kind))
      count(
        { project: place.project, environment: place.name, operation, ...(isRequest && { outcome }) },
        tally.count,
      )
  }
  const durations = page.metric(`${prefix}_duration_seconds`, 'histogram', `How long they took.`)
  for (const { operation, outcome, tally } of talliesOf(totals.all, source, kind)) {
    const labels = { operation, ...(isRequest && { outcome }) }
    for (const bound of boundsMs)
      durations({ ...labels, le: bound / 1000 }, tally.durations.countUpTo(bound), '_bucket')
    durations({ ...labels, le: '+Inf' }, tally.count, '_bucket')
    durations(labels, tally.durationUs / 1e6, '_sum')
    durations(labels, tally.count, '_count')
  }
}

function writeDatabaseTime(page: Page, source: MetricsSource): void {
  const all = [...talliesOf(source.totals.all, source, 'request')]
  const seconds = page.metric(
    'cloudbox_request_database_seconds_total',
    'counter',
    'Time requests waited for statements.',
  )
  for (const { operation, outcome, tally } of all) seconds({ operation, outcome }, tally.databaseUs / 1e6)
  const bytesIn = page.metric('cloudbox_request_body_bytes_total', 'counter', 'Bytes of bodies of requests.')
  for (const { operation, outcome, tally } of all) bytesIn({ operation, outcome }, tally.bytesIn)
  const bytesOut = page.metric('cloudbox_response_body_bytes_total', 'counter', 'Bytes of bodies of answers.')
  for (const { operation, outcome, tally } of all) bytesOut({ operation, outcome }, tally.bytesOut)
}

function writeLevels(page: Page, { processes, placeOf }: MetricsSource): void {
  const told = [
    ['connections', 'cloudbox_realtime_connections', 'Open connections of live queries.'],
    ['subscriptions', 'cloudbox_realtime_subscriptions', 'Live queries.'],
  ] as const
  for (const [name, metric, help] of told) {
    const byEnvironment = new Map<string, number>()
    for (const { levels } of processes)
      for (const { name: own, environmentId, value } of levels)
        if (own === name && environmentId !== undefined)
          byEnvironment.set(environmentId, (byEnvironment.get(environmentId) ?? 0) + value)
    const write = page.metric(metric, 'gauge', help)
    for (const [id, value] of byEnvironment) {
      const place = placeOf(id)
      if (place !== undefined) write({ project: place.project, environment: place.name }, value)
    }
  }
}

function writeProcesses(page: Page, { processes, slotLag }: MetricsSource): void {
  const each = (
    name: string,
    type: 'counter' | 'gauge',
    help: string,
    read: (one: MetricsSource['processes'][number]) => number,
  ) => {
    const write = page.metric(name, type, help)
    for (const one of processes) write({ worker: one.process.worker ?? 0 }, read(one))
  }
  each(
    'cloudbox_database_pool_size',
    'gauge',
    'Connections to Postgres there may be.',
    one => one.process.pool.size,
  )
  each('cloudbox_database_pool_open', 'gauge', 'Connections to Postgres.', one => one.process.pool.open)
  each(
    'cloudbox_database_pool_busy',
    'gauge',
    'Connections to Postgres in use.',
    one => one.process.pool.busy,
  )
  each(
    'cloudbox_database_pool_waiting',
    'gauge',
    'Statements that wait for a connection.',
    one => one.process.pool.waiting,
  )
  if (slotLag !== null)
    page.metric(
      'cloudbox_stream_slot_lag_bytes',
      'gauge',
      'Log that Postgres keeps for the change stream.',
    )({}, slotLag)
  each('process_resident_memory_bytes', 'gauge', 'Resident memory.', one => one.process.memory)
  each('process_cpu_seconds_total', 'counter', 'Processor time.', one => one.cpuSeconds)
  each('process_start_time_seconds', 'gauge', 'When it was started.', one => one.process.startedAt / 1000)
  each('nodejs_heap_used_bytes', 'gauge', 'Memory of objects.', one => one.process.heap)
  each(
    'nodejs_eventloop_lag_p99_seconds',
    'gauge',
    'How late timers were in the last ten seconds.',
    one => one.process.eventLoop.p99 / 1000,
  )
  each(
    'nodejs_eventloop_lag_max_seconds',
    'gauge',
    'How late a timer was at most in the last ten seconds.',
    one => one.process.eventLoop.max / 1000,
  )
  const [first] = processes
  if (first !== undefined)
    page.metric(
      'cloudbox_info',
      'gauge',
      'What runs here.',
    )({ version: first.process.version, node: first.process.node }, 1)
}
