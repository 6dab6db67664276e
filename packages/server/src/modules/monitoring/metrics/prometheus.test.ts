import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProcessState } from '@cloudbox/protocol/monitoring'
import { Observer } from '../../../kernel/observer.ts'
import { Counted } from '../counting/window.ts'
import { metricsOf } from './metrics.ts'
import { writeMetrics } from './prometheus.ts'
import { Totals } from './totals.ts'

const observer = new Observer()
const list = observer.operation('request', 'GET /data/:collection')
const delivery = observer.operation('delivery', 'tasks')

function counted(...durations: number[]): Counted {
  const made = new Counted()
  for (const [index, all] of [
    [list.index, durations],
    [delivery.index, [0.4]],
  ] as const)
    for (const ms of all) {
      const tally = made.tally(index * 4)
      tally.count++
      tally.durationUs += ms * 1000
      tally.durations.add(ms)
    }
  return made
}

const process: ProcessState = {
  worker: null,
  pid: 1,
  version: '1.2.3',
  node: '24.0.0',
  startedAt: 1000,
  memory: 5,
  heap: 4,
  eventLoop: { p50: 0, p99: 2, max: 3, busy: 0.1 },
  pool: { size: 16, open: 3, busy: 2, waiting: 1 },
}

function write(): string {
  const first = new Totals()
  first.add({ at: 0, environments: new Map([['e1', counted(4, 30)]]) })
  // What another process has counted comes as a report.
  const whole = new Totals()
  whole.join(first)
  whole.join(Totals.read(observer, first.with({ at: 0, environments: new Map() }).write(observer)))
  return writeMetrics(
    metricsOf({
      totals: whole,
      processes: [
        { process, cpuSeconds: 1.5, levels: [{ name: 'connections', environmentId: 'e1', value: 2 }] },
        {
          process: { ...process, worker: 1 },
          cpuSeconds: 2.5,
          levels: [{ name: 'connections', environmentId: 'e1', value: 5 }],
        },
      ],
      slotLag: 64,
      operationAt: index => observer.operationAt(index),
      placeOf: id => (id === 'e1' ? { project: 'sh"op', name: 'live' } : undefined),
    }),
  )
}

test('counts of all processes are one, by environment, operation and outcome', () => {
  const text = write()
  assert.match(
    text,
    /^cloudbox_requests_total\{project="sh\\"op",environment="live",operation="GET \/data\/:collection",outcome="2xx"\} 4$/m,
  )
  assert.match(
    text,
    /^cloudbox_realtime_deliveries_total\{project="sh\\"op",environment="live",operation="tasks"\} 2$/m,
  )
  assert.match(text, /^cloudbox_realtime_connections\{project="sh\\"op",environment="live"\} 7$/m)
  assert.match(text, /^cloudbox_database_pool_busy\{worker="1"\} 2$/m)
  assert.match(text, /^cloudbox_stream_slot_lag_bytes 64$/m)
  assert.match(text, /^cloudbox_info\{version="1.2.3",node="24.0.0"\} 1$/m)
})

test('durations are a histogram whose buckets hold what is below them', () => {
  const text = write()
  const bucket = (le: string) =>
    Number(
      new RegExp(
        `^cloudbox_request_duration_seconds_bucket\\{operation="GET /data/:collection",outcome="2xx",le="${le}"\\} (\\d+)$`,
        'm',
      ).exec(text)?.[1],
    )
  assert.equal(bucket('0.001'), 0)
  assert.equal(bucket('0.005'), 2)
  assert.equal(bucket('0.025'), 2)
  assert.equal(bucket('0.05'), 4)
  assert.equal(bucket('\\+Inf'), 4)
  assert.match(text, /^cloudbox_request_duration_seconds_sum\{.*\} 0.068$/m)
  assert.match(text, /^cloudbox_request_duration_seconds_count\{.*\} 4$/m)
})

test('every line is one that Prometheus reads, and every metric is told once', () => {
  const lines = write().trimEnd().split('\n')
  for (const line of lines)
    assert.match(
      line,
      /^(?:# (?:HELP|TYPE) [a-z_0-9]+ .+|[a-z_0-9]+(?:\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)+\})? -?[\d.e+-]+)$/,
    )
  const types = lines.filter(line => line.startsWith('# TYPE')).map(line => line.split(' ')[2])
  assert.equal(new Set(types).size, types.length)
  const samples = lines
    .filter(line => !line.startsWith('#'))
    .map(line => line.slice(0, line.lastIndexOf(' ')))
  assert.equal(new Set(samples).size, samples.length)
})
