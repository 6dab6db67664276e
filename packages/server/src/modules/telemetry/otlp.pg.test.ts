import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createLog } from '../../kernel/log.ts'
import { SocketClient } from '../../testing/socket-client.ts'
import { startTestServer } from '../../testing/start-test-server.ts'
import { until } from '../../testing/until.ts'
import { plain, startCollector, type CollectedSpan } from './testing/collector.ts'

const collector = await startCollector({ after })
const lines: string[] = []
const server = await startTestServer(
  { after },
  {
    log: createLog('info', line => lines.push(line)),
    argv: [
      ...['--telemetry-otlp-url', collector.url],
      ...['--telemetry-otlp-headers', 'authorization=Bearer abc, x-scope=1'],
      ...['--telemetry-trace-percent', '0'],
      ...['--telemetry-slow-ms', '60000'],
      ...['--telemetry-metrics-seconds', '1'],
      ...['--telemetry-log-requests', 'refused'],
    ],
  },
)
const traceId = (n: number) => n.toString(16).padStart(32, '0')
const parentId = 'b7ad6b7169203331'
const traced = (n: number, flags = '01') => ({
  apikey: server.secretKey,
  traceparent: `00-${traceId(n)}-${parentId}-${flags}`,
})
const spansOf = (n: number): CollectedSpan[] => collector.spans.filter(span => span.traceId === traceId(n))
const nameOf = ({ name }: CollectedSpan) => name

await server.request('POST', '/data/$collections', {
  body: { name: 'items', fields: { title: { type: 'text' } }, policies: { list: 'public("all")' } },
})
// Collections are read once, by whoever comes first.
await server.request('GET', '/data/items')

test('a trace goes from the caller through policy and SQL', async () => {
  const { status } = await server.request('GET', '/data/items?title=eq.ada%40example.com', {
    headers: traced(1),
  })
  assert.equal(status, 200)
  await until(() => spansOf(1).length >= 3, 'the trace is there')
  const spans = spansOf(1)
  assert.deepEqual(spans.map(nameOf).toSorted(), ['GET /data/:collection', 'SELECT', 'policy items'])
  const root = spans.find(({ name }) => name === 'GET /data/:collection')!
  assert.equal(root.parentSpanId, parentId)
  assert.equal(root.attributes['http.route'], '/data/:collection')
  assert.equal(root.attributes['http.response.status_code'], 200)
  assert.equal(root.attributes['cloudbox.project'], 'test')
  const nano = ({ startTimeUnixNano, endTimeUnixNano }: CollectedSpan) =>
    [BigInt(startTimeUnixNano), BigInt(endTimeUnixNano)] as const
  const [from, to] = nano(root)
  for (const span of spans) {
    const [start, end] = nano(span)
    assert.ok(start >= from && start <= end && end <= to, `${span.name} lies within its request`)
    if (span !== root) assert.equal(span.parentSpanId, root.spanId)
  }
  const statement = spans.find(({ name }) => name === 'SELECT')!
  assert.match(String(statement.attributes['db.query.text']), /\$1/)
  assert.doesNotMatch(JSON.stringify(spans), /ada|%40/, 'no value leaves')
  assert.deepEqual([...collector.headers], ['Bearer abc'])
  assert.deepEqual([...collector.services], ['cloudbox'])
})

test('it goes on with those who are told of what was written', async () => {
  const clients = await Promise.all(
    [1, 2].map(() => new SocketClient(server.environmentUrl, server.secretKey).greet()),
  )
  for (const client of clients) client.send({ t: 'sub', id: 1, coll: 'items' })
  for (const client of clients) await client.frame('live')
  await server.request('POST', '/data/items', { body: { title: 'Milk' }, headers: traced(2) })
  await until(() => spansOf(2).some(({ name }) => name === 'deliver items'), 'the delivery is part of it')
  const spans = spansOf(2)
  const root = spans.find(({ name }) => name === 'POST /data/:collection')!
  const delivery = spans.find(({ name }) => name === 'deliver items')!
  assert.equal(delivery.parentSpanId, root.spanId)
  assert.equal(delivery.attributes['messaging.batch.message_count'], 2)
  clients.forEach(client => client.close())
})

test('what is neither followed nor telling is not traced; a broken parent begins a trace of its own', async () => {
  await server.request('GET', '/data/items', { headers: traced(3, '00') })
  await server.request('GET', '/data/items', {
    headers: { apikey: server.secretKey, traceparent: '00-nonsense-01' },
  })
  await server.request('GET', '/data/items', { headers: traced(4) })
  await until(() => spansOf(4).length > 0, 'the last one is there')
  assert.deepEqual(spansOf(3), [])
  const roots = collector.spans.filter(({ name }) => name === 'GET /data/:collection')
  assert.equal(roots.length, 2)
})

test('figures are those of monitoring', async () => {
  await until(() => collector.metrics.has('cloudbox_requests_total'), 'metrics are there')
  await until(() => {
    const { sum } = collector.metrics.get('cloudbox_requests_total')!
    return sum!.dataPoints.some(({ attributes, asDouble }) => {
      const { operation, environment } = plain(attributes)
      return operation === 'GET /data/:collection' && environment === 'dev' && asDouble! >= 4
    })
  }, 'the requests were counted')
  const { histogram, unit } = collector.metrics.get('cloudbox_request_duration_seconds')!
  assert.equal(unit, 's')
  const [point] = histogram!.dataPoints
  assert.equal(point!.bucketCounts.length, point!.explicitBounds.length + 1)
})

test('the log is sent as well, with a line for each refused request', async () => {
  const { status } = await server.request('GET', '/data/nothing?secret=hush')
  assert.equal(status, 404)
  await until(() => collector.records.some(({ body }) => body === 'request'), 'the line is there')
  const { attributes, severityText } = collector.records.find(({ body }) => body === 'request')!
  assert.equal(severityText, 'info')
  assert.equal(attributes['status'], 404)
  assert.equal(attributes['code'], 'data/unknown-collection')
  assert.equal(attributes['operation'], 'GET /data/:collection')
  assert.doesNotMatch(lines.join(), /hush/)
})

test('a collector that takes nothing is told of once', async () => {
  const about = (event: string) => lines.filter(line => line.includes(event) && line.includes('"traces"'))
  collector.isDown = true
  await server.request('GET', '/data/items', { headers: traced(5) })
  await until(() => about('telemetry.export-failed').length === 1, 'it is told')
  collector.isDown = false
  await server.request('GET', '/data/items', { headers: traced(6) })
  await until(() => about('telemetry.export-works').length === 1, 'that it works is told')
  assert.equal(about('telemetry.export-failed').length, 1)
})
