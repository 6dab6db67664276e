import assert from 'node:assert/strict'
import { request as ask } from 'node:http'
import { after, test } from 'node:test'
import type { LiveWindow, NowReply, OperationsReply, SeriesReply } from '@cloudbox/protocol/monitoring'
import { startTestServer } from '../../testing/start-test-server.ts'
import { SocketClient } from '../../testing/socket-client.ts'
import { drivenClock } from '../../testing/driven-clock.ts'

const hourMs = 3_600_000
const clock = drivenClock(Math.floor(Date.now() / hourMs) * hourMs)
const token = 'a-token-of-prometheus'
const server = await startTestServer({ after }, { clock })

async function read<T>(path: string): Promise<T> {
  const { status, body } = await server.request('GET', `/monitoring/${path}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body as T
}

/** Events of a stream, one by one. */
async function* events(response: Response): AsyncGenerator<{ event: string; data: string }> {
  let text = ''
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const fields = Object.fromEntries(
        text
          .slice(0, end)
          .split('\n')
          .map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      )
      text = text.slice(end + 2)
      if (fields.event !== undefined) yield { event: fields.event, data: fields.data ?? '' }
    }
  }
}

test('every finished window is told live, to those who may hear it', async () => {
  const open = (headers: Record<string, string>) =>
    fetch(`${server.environmentUrl}/v1/monitoring/live`, { headers })
  const mine = await open({ apikey: server.secretKey })
  assert.equal((await open({ apikey: server.publishableKey })).status, 403)
  assert.equal(mine.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  const heard = events(mine)
  await server.request('GET', '/data/$collections')
  await server.request('GET', '/data/nowhere')
  await clock.advance(10_000)
  const { value } = await heard.next()
  assert.equal(value!.event, 'window')
  const window = JSON.parse(value!.data) as LiveWindow
  assert.equal(window.at, clock.now() - 10_000)
  assert.equal(window.step, 10_000)
  const { count, refused, errors, p95 } = window.requests
  // Who listens, and who may not, are requests as well.
  assert.deepEqual([count, refused, errors], [4, 2, 0])
  assert.ok(p95! > 0)
  assert.ok(window.operations.some(({ operation }) => operation === 'GET /data/$collections'))
  assert.ok(window.levels.memory! > 0)
  // Who comes later gets the newest at once.
  const late = events(await open({ apikey: server.secretKey }))
  assert.deepEqual(JSON.parse((await late.next()).value!.data), window)
  await late.return(undefined)

  // A server that stops says goodbye.
  await server.restart()
  assert.equal((await heard.next()).done, true)
})

test('connections and deliveries of live queries are told', async () => {
  await server.request('POST', '/data/$collections', {
    body: { name: 'tasks', fields: { title: { type: 'text' } }, policies: { list: 'public("all")' } },
  })
  const clients = [1, 2].map(() => new SocketClient(server.environmentUrl, server.publishableKey))
  for (const client of clients) {
    await client.greet()
    client.send({ t: 'sub', id: 1, coll: 'tasks', q: '' })
    await client.frame('live')
  }
  const [first] = clients
  first!.send({ t: 'sub', id: 2, coll: 'tasks', q: 'title=eq.b' })
  await first!.frame('live', frame => frame.s === 2)
  await server.request('POST', '/data/tasks', { body: { title: 'a' } })
  await server.request('POST', '/data/tasks', { body: { title: 'c' } })
  for (const client of clients) {
    await client.frame('tx', frame => JSON.stringify(frame).includes('"a"'))
    await client.frame('tx', frame => JSON.stringify(frame).includes('"c"'))
  }
  const now = await read<NowReply>('now')
  assert.deepEqual([now.environment.connections, now.environment.subscriptions], [2, 3])
  await clock.advance(10_000)
  const { operations } = await read<OperationsReply>('operations?kind=delivery')
  assert.deepEqual(
    operations.map(({ kind, operation, count, errors }) => ({ kind, operation, count, errors })),
    [{ kind: 'delivery', operation: 'tasks', count: 4, errors: 0 }],
  )
  const { series } = await read<SeriesReply>('series?metric=connections,subscriptions')
  assert.deepEqual(
    series.map(({ values }) => values.filter(value => value !== null)),
    [[2], [3]],
  )
  for (const client of clients) client.close()
})

/** Asks with headers that fetch would not send. */
function metrics(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    ask(`${url}/metrics`, { headers }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      response.on('end', () => resolve({ status: response.statusCode!, text }))
    })
      .on('error', reject)
      .end()
  })
}

test('this machine reads the metrics, who comes through a proxy does not', async () => {
  const own = await metrics(server.url)
  assert.equal(own.status, 200)
  assert.match(
    own.text,
    /^cloudbox_requests_total\{project="test",environment="dev",operation="POST \/data\/:collection",outcome="2xx"\} 2$/m,
  )
  assert.match(own.text, /^cloudbox_realtime_deliveries_total\{.*operation="tasks"\} 4$/m)
  // What has begun is told as well.
  await server.request('POST', '/data/tasks', { body: { title: 'd' } })
  assert.match((await metrics(server.url)).text, /operation="POST \/data\/:collection",outcome="2xx"\} 3$/m)
  const others = { 'x-forwarded-for': '1.2.3.4', forwarded: 'for=1.2.3.4', host: 'api.example.com' }
  // Neither does a page that is open in a browser of this machine.
  for (const [name, value] of Object.entries({ ...others, origin: 'https://example.com' }))
    assert.equal((await metrics(server.url, { [name]: value })).status, 404, name)
})

test('with a token only who shows it reads them', async t => {
  const guarded = await startTestServer(t, { argv: ['--monitoring-metrics-token', token] })
  assert.equal((await metrics(guarded.url)).status, 404)
  assert.equal((await metrics(guarded.url, { authorization: 'Bearer nonsense' })).status, 404)
  assert.equal((await metrics(guarded.url, { authorization: `Bearer ${token}` })).status, 200)
})

test('nothing is counted where nothing is to be', async t => {
  const silent = await startTestServer(t, { argv: ['--monitoring-recording=false'] })
  await silent.request('GET', '/data/$collections')
  const { status, text } = await metrics(silent.url)
  assert.equal(status, 200)
  assert.doesNotMatch(text, /^cloudbox_requests_total\{/m)
})
