import assert from 'node:assert/strict'
import { connect as connectTcp } from 'node:net'
import { after, beforeEach, test } from 'node:test'
import type { ClientFrame } from '@cloudbox/protocol/realtime'
import { startTestServer } from '../../testing/start-test-server.ts'
import { askEvents, EventClient, postFrames } from './testing/event-client.ts'
import { until } from '../../testing/until.ts'

const clients: EventClient[] = []
const server = await startTestServer({ after }, { argv: ['--realtime-heartbeat-ms', '200'] })
after(() => clients.forEach(client => client.close()))

let collection = ''
let made = 0
beforeEach(async () => {
  collection = `notes${made++}`
  await ok('POST', '/data/$collections', {
    name: collection,
    fields: { title: { type: 'text' }, owner: { type: 'text' } },
    policies: { list: 'auth.uid == doc.owner', get: 'auth.uid == doc.owner' },
  })
})

async function ok(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await server.request(method, path, body === undefined ? {} : { body })
  assert.ok(answer.status < 300, JSON.stringify(answer.body))
  return answer.body
}

const write = (title: string, owner = 'ann') => ok('POST', `/data/${collection}`, { title, owner })

function kept(answer: EventClient | Response): EventClient {
  assert.ok(answer instanceof EventClient, `refused: ${(answer as Response).status}`)
  clients.push(answer)
  return answer
}

/** One live query as ann sees it. */
const ask = async (query: Record<string, string> = {}, lastId = ''): Promise<EventClient> => {
  const token = await server.token('ann')
  const parameters = { apikey: server.publishableKey, token, coll: collection, ...query }
  return kept(await askEvents(server.environmentUrl, parameters, lastId))
}

const post = async (frames: readonly ClientFrame[], headers: Record<string, string> = {}) =>
  kept(await postFrames(server.environmentUrl, server.secretKey, frames, headers))

const hello: ClientFrame = { t: 'hello', v: 1 }
const titles = (rows: readonly Record<string, unknown>[]) => rows.map(row => row.title)

test('R17 one live query over GET: the same frames, each an event', async () => {
  await write('first')
  await write('not hers', 'bob')
  const client = await ask({ q: 'order=title' })
  assert.equal(client.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  assert.match(client.headers.get('cache-control')!, /no-store/)
  assert.equal(client.headers.get('x-accel-buffering'), 'no')
  assert.equal(client.headers.get('access-control-allow-origin'), '*')
  const { frame: snap, lastId } = await client.event('snap')
  assert.deepEqual(titles(snap.rows), ['first'])
  assert.equal(lastId, '', 'a snapshot that is not whole is nothing to go on from')
  const live = await client.event('live')
  assert.equal(live.lastId, `${(await client.event('welcome')).frame.epoch}:${live.frame.lsn}`)
  await write('second\nwith a line')
  const tx = await client.event('tx')
  assert.equal(tx.frame.c[0]![3]!.title, 'second\nwith a line')
  assert.ok(tx.lastId.endsWith(tx.frame.lsn), 'a change is told with its cursor')
  const sync = await client.event('sync', ({ lsn }) => lsn >= tx.frame.lsn)
  assert.ok(sync.lastId.endsWith(sync.frame.lsn))
  assert.equal(client.retryMs, 1000)
})

test('R8 R17 Last-Event-ID goes on where it was, also after a restart of the server', async () => {
  await write('known')
  const first = await ask()
  await first.event('live')
  first.close()
  await write('missed')
  await server.restart()
  await write('missed after the restart')
  const second = await ask({}, first.lastId)
  const { frame } = await second.event('tx')
  assert.deepEqual(
    frame.c.map(([op, , , row]) => [op, row!.title]),
    [
      ['+', 'missed'],
      ['+', 'missed after the restart'],
    ],
  )
  assert.deepEqual(
    second.frames.filter(({ t }) => t === 'snap' || t === 'reset'),
    [],
  )
})

test('R14 R15 R17 the address of a single one takes coalesce and mode', async () => {
  const refused = await ask({ mode: 'lossless', coalesce: '100' })
  assert.equal((await refused.event('err')).frame.problem.code, 'realtime/not-lossless')
  const coalesced = await ask({ coalesce: '50' })
  await coalesced.event('live')
  await write('held back')
  assert.equal((await coalesced.event('tx')).frame.c[0]![3]!.title, 'held back')
})

test('R7 R17 a Last-Event-ID that leads nowhere is a reset, and no longer what to go on from', async () => {
  await write('one')
  for (const lastId of ['1.2:0000000000000001', 'something else']) {
    const client = await ask({}, lastId)
    const reset = await client.event('reset')
    assert.equal(reset.frame.why, 'gap')
    assert.equal(reset.lastId, '')
    assert.ok((await client.event('live')).lastId.endsWith((await client.event('live')).frame.lsn))
  }
})

test('R17 with several subscriptions an event is a cursor only when all of them are whole', async () => {
  await write('one')
  const client = await post([
    hello,
    { t: 'sub', id: 1, coll: collection },
    { t: 'sub', id: 2, coll: 'nowhere' },
    { t: 'sub', id: 3, coll: collection, q: 'order=title.desc' },
  ])
  assert.equal(
    (await client.event('err', frame => frame.s === 2)).frame.problem.code,
    'data/unknown-collection',
  )
  await until(() => client.frames.filter(({ t }) => t === 'live').length === 2, 'both are live')
  const whole = client.events.findLastIndex(({ frame }) => frame.t === 'live')
  assert.ok(client.events.slice(0, whole).every(({ lastId }) => lastId === ''))
  assert.notEqual(client.events[whole]!.lastId, '')

  await write('two')
  await client.event('tx')
  client.close()
  await write('three')
  const again = await post(
    [
      hello,
      { t: 'sub', id: 1, coll: collection },
      { t: 'sub', id: 3, coll: collection, q: 'order=title.desc' },
    ],
    { 'last-event-id': client.lastId },
  )
  const told = () =>
    again.frames.flatMap(frame => (frame.t === 'tx' ? frame.c.map(change => change[3]!.title) : []))
  await until(() => told().length === 2, 'both go on')
  assert.deepEqual(told(), ['three', 'three'])
  assert.deepEqual(
    again.frames.filter(({ t }) => t === 'snap'),
    [],
  )
})

test('R17 bad input is a problem before the stream begins', async () => {
  const key = server.secretKey
  const refused = async (answer: EventClient | Response, status: number, code: string, at?: string) => {
    assert.ok(!(answer instanceof EventClient), code)
    assert.match(answer.headers.get('content-type')!, /^application\/problem\+json/, code)
    const body = (await answer.json()) as { code: string; errors?: { at: string }[] }
    assert.deepEqual([answer.status, body.code], [status, code])
    if (at !== undefined) assert.equal(body.errors?.[0]?.at, at)
  }
  const url = server.environmentUrl
  await refused(await postFrames(url, key, []), 422, 'http/invalid-request')
  await refused(await postFrames(url, key, [{ t: 'ping' }]), 400, 'realtime/hello-needed', '/frames/0')
  const bad = { t: 'sub', id: -1, coll: 'x' } as const
  await refused(await postFrames(url, key, [hello, bad]), 400, 'realtime/bad-frame', '/frames/1')
  const same = { t: 'sub', id: 1, coll: collection } as const
  await refused(await postFrames(url, key, [hello, same, same]), 400, 'realtime/bad-frame', '/frames/2')
  const many = Array.from({ length: 101 }, (_, id) => ({ ...same, id }))
  await refused(await postFrames(url, key, [hello, ...many]), 429, 'realtime/too-many-subscriptions')
  const forged = { ...hello, token: 'forged' }
  await refused(await postFrames(url, server.publishableKey, [forged]), 401, 'auth/token-invalid')
  await refused(await postFrames(url, 'cb_pub_wrong', [hello]), 401, 'platform/key-invalid')

  await refused(await askEvents(url, { coll: collection }), 401, 'platform/key-missing')
  await refused(await askEvents(url, { apikey: key }), 422, 'http/invalid-request')
  await refused(await askEvents(url, { apikey: key, coll: 'nowhere' }), 404, 'data/unknown-collection')
  await refused(
    await askEvents(url, { apikey: key, coll: collection, q: 'titel=eq.x' }),
    400,
    'data/invalid-query',
  )
  await refused(
    await askEvents(url, { apikey: key, coll: collection, q: 'count=exact' }),
    422,
    'realtime/not-live',
  )
  await refused(
    await askEvents(url, { apikey: key, coll: collection, q: 'a=eq.1', doc: 'x' }),
    400,
    'realtime/bad-frame',
  )
  await ok('PATCH', `/data/$collections/${collection}`, { policies: { list: null } })
  const visitor = { apikey: server.publishableKey, coll: collection }
  await refused(await askEvents(url, visitor), 403, 'data/not-allowed')
  const head = await fetch(`${url}/v1/realtime/events?apikey=${key}&coll=${collection}`, { method: 'HEAD' })
  assert.equal(head.status, 200)
})

test('R11 R17 the end of a token is announced', async () => {
  const { token } = (await ok('POST', '/auth/test-token', { uid: 'ann', expiresInSeconds: 50 })) as {
    token: string
  }
  const client = await ask({ token })
  await client.event('expiring')
})

test('R17 a server that stops says goodbye, also to one who does not read', { timeout: 20_000 }, async () => {
  const client = await ask()
  await client.event('live')
  const { port } = new URL(server.url)
  const deaf = connectTcp(Number(port), '127.0.0.1')
  deaf.pause()
  deaf.on('error', () => {})
  deaf.write(
    `GET /test/dev/v1/realtime/events?coll=${collection}&apikey=${server.secretKey} HTTP/1.1\r\nhost: x\r\n\r\n`,
  )
  await until(() => deaf.bytesWritten > 0, 'it has asked')
  await server.restart()
  const { frame } = await client.event('bye')
  assert.ok(
    frame.t === 'bye' && frame.code === 'realtime/stopping' && frame.retryMs > 0,
    JSON.stringify(frame),
  )
  await until(() => client.isEnded, 'the stream has ended')
  deaf.destroy()
})
