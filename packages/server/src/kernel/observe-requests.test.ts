import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { dataProblems } from '@cloudbox/protocol/data'
import { testSecret } from '../testing/callers.ts'
import { silentLog } from '../testing/test-cluster.ts'
import type { Environment } from './caller.ts'
import { Gate } from './gate.ts'
import { createHttp } from './http.ts'
import type { Observation } from './observation.ts'
import { currentObservation, Observer } from './observer.ts'
import { Problem } from './problem.ts'
import { route } from './route.ts'

const environment = { id: 'e1', project: 'demo', name: 'dev' } as Environment
const gate = new Gate()
gate.findEnvironment = (project, name) => (project === 'demo' && name === 'dev' ? environment : undefined)
gate.checkKey = () => testSecret
gate.keyOf = ({ apiKey }) => apiKey

async function* pieces() {
  yield 'one,'
  await delay(5)
  yield 'two'
}

const routes = [
  route('GET /things/:id', { summary: 'One', access: 'key' }, ({ params }) => ({ json: { id: params.id } })),
  route('POST /things', { summary: 'Make', access: 'key' }, () => ({ status: 204 })),
  route('GET /never', { summary: 'Never', access: 'key' }, () => {
    throw new Problem(dataProblems['unknown-collection'], 'There is none.')
  }),
  route('GET /bug', { summary: 'Bug', access: 'key' }, () => {
    throw new TypeError('a bug')
  }),
  route('GET /long', { summary: 'Long', access: 'key' }, () => ({
    headers: { 'content-type': 'text/plain' },
    stream: pieces(),
  })),
  route('GET /within', { summary: 'Within', access: 'key' }, async () => {
    await delay(1)
    return { json: { operation: currentObservation()?.operation.name } }
  }),
]
const observer = new Observer()
const http = createHttp({
  log: silentLog,
  gate,
  routes,
  observer,
  bodyLimitBytes: 1024,
  requestTimeoutMs: 5000,
})
const port = await http.listen('127.0.0.1', 0)
after(() => http.stop())

const seen: Observation[] = []
const base = `http://127.0.0.1:${port}`

/** Asks, and waits until it has been told of. */
async function ask(path: string, init: RequestInit = {}): Promise<{ told: Observation; body: string }> {
  seen.length = 0
  const told = new Promise<Observation>(resolve => {
    const stop = observer.hear(observation => {
      seen.push(observation)
      stop()
      resolve(observation)
    })
  })
  const response = await fetch(base + path, init)
  const body = await response.text()
  return { told: await told, body }
}

test('nothing is recorded as long as nobody listens', async () => {
  const response = await fetch(`${base}/demo/dev/v1/within`)
  assert.deepEqual(await response.json(), {})
})

test('a request is told by its route, with what came in and went out', async () => {
  const { told, body } = await ask('/demo/dev/v1/things/7?x=1')
  assert.equal(told.operation.name, 'GET /things/:id')
  assert.equal(told.operation.kind, 'request')
  assert.equal(told.status, 200)
  assert.equal(told.environment, environment)
  assert.equal(told.caller, 'secret')
  assert.equal(told.bytesOut, Buffer.byteLength(body))
  assert.equal(told.url, '/demo/dev/v1/things/7?x=1')
  assert.equal(told.code, undefined)
  const made = await ask('/demo/dev/v1/things', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"a":"ä"}',
  })
  assert.equal(made.told.operation.name, 'POST /things')
  assert.equal(made.told.bytesIn, 10)
  assert.equal(made.told.bytesOut, 0)
  assert.equal(made.told.status, 204)
})

test('who asked, with which key and from where is told for counting', async () => {
  const headers = { apikey: 'k1', 'user-agent': 'Firefox' }
  const { told } = await ask('/demo/dev/v1/things/7', { headers })
  assert.deepEqual([told.key, told.ip, told.userAgent, told.user], ['k1', '127.0.0.1', 'Firefox', undefined])
  told.asks({ kind: 'user', uid: 'u1', claims: {}, expiresAtMs: Infinity })
  assert.deepEqual([told.caller, told.user], ['user', 'u1'])
})

test('a refused request and a bug are told with their problem', async () => {
  const refused = await ask('/demo/dev/v1/never')
  assert.deepEqual([refused.told.status, refused.told.code], [404, 'data/unknown-collection'])
  const bug = await ask('/demo/dev/v1/bug')
  assert.deepEqual([bug.told.status, bug.told.code], [500, 'http/internal'])
})

test('what was refused before anybody could handle it is told by its route, too', async () => {
  const { told } = await ask('/demo/dev/v1/things', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `"${'x'.repeat(2000)}"`,
  })
  assert.equal(told.operation.name, 'POST /things')
  assert.equal(told.code, 'http/body-too-large')
  assert.equal(told.environment, undefined)
})

test('an address that leads nowhere is no operation of its own', async () => {
  for (const path of ['/demo/dev/v1/anna@example.com', '/nothing', '/demo/dev/v1/things/%E0%A4%A']) {
    const { told } = await ask(path)
    assert.equal(told.operation.name, 'GET *')
    assert.equal(told.status, 404)
  }
  const elsewhere = await ask('/demo/other/v1/within')
  assert.equal(elsewhere.told.operation.name, 'GET /within')
  assert.equal(elsewhere.told.environment, undefined)
  assert.equal(elsewhere.told.status, 404)
})

test('an answer in pieces is told when the last has gone', async () => {
  const { told, body } = await ask('/demo/dev/v1/long')
  assert.equal(body, 'one,two')
  assert.equal(told.operation.name, 'GET /long')
  assert.equal(told.status, 200)
  assert.ok(told.bytesOut >= body.length)
})

test('whatever a handler does belongs to its request, and each is told once', async () => {
  const all: string[] = []
  const stop = observer.hear(({ operation, requestId }) => all.push(`${operation.name} ${requestId}`))
  const bodies = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      fetch(`${base}/demo/dev/v1/${i % 2 === 0 ? 'within' : 'things/1'}`).then(answer => answer.json()),
    ),
  )
  stop()
  assert.equal(bodies.filter(body => body.operation === 'GET /within').length, 10)
  assert.equal(new Set(all).size, 20)
  assert.equal(all.length, 20)
})

test('preflights are not told', async () => {
  let count = 0
  const stop = observer.hear(() => count++)
  await fetch(`${base}/demo/dev/v1/things`, { method: 'OPTIONS' })
  stop()
  assert.equal(count, 0)
})
