import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { id, sql } from '../../kernel/sql.ts'
import { startTestServer } from '../../testing/start-test-server.ts'
import { SocketClient } from '../../testing/socket-client.ts'
import { until } from '../../testing/until.ts'

const clients: SocketClient[] = []
const server = await startTestServer({ after }, { argv: ['--realtime-heartbeat-ms', '200'] })
after(() => clients.forEach(client => client.close()))

let collection = ''
let made = 0
beforeEach(async () => {
  collection = `notes${made++}`
  const fields = { title: { type: 'text' }, owner: { type: 'text' }, rank: { type: 'integer' } }
  await ok('POST', '/data/$collections', {
    name: collection,
    fields,
    policies: { list: 'auth.uid == doc.owner', get: 'auth.uid == doc.owner' },
  })
})

async function ok(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await server.request(method, path, body === undefined ? {} : { body })
  assert.ok(answer.status < 300, JSON.stringify(answer.body))
  return answer.body
}

function connect(key = server.publishableKey): SocketClient {
  const client = new SocketClient(server.environmentUrl, key)
  clients.push(client)
  return client
}

const titles = (rows: readonly Record<string, unknown>[]) => rows.map(row => row.title)

test('R1 R2 R5 a user hears of what concerns him, whoever writes', async () => {
  await ok('POST', `/data/${collection}`, [
    { title: 'hers', owner: 'ann' },
    { title: 'his', owner: 'bob' },
  ])
  const client = await connect().greet(await server.token('ann'))
  const welcome = await client.frame('welcome')
  assert.equal(welcome.hb, 200)
  client.send({ t: 'sub', id: 1, coll: collection, q: 'order=rank.desc' })
  const { g, order } = await client.frame('live')
  assert.deepEqual(order, [['rank', 'desc']])
  assert.deepEqual(titles((await client.frame('snap')).rows), ['hers'])

  const table = id(server.environment.schema, collection)
  await server.db.query(
    sql`insert into ${table} (title, owner) values ('by plain SQL', 'ann'), ('secret', 'bob')`,
  )
  const { c } = await client.frame('tx')
  assert.equal(c.length, 1)
  const [op, group, key, row] = c[0]!
  assert.deepEqual([op, group, row!.title, row!.id], ['+', g, 'by plain SQL', key])
  const listed = await server.request('GET', `/data/${collection}?title=eq.by%20plain%20SQL`)
  assert.deepEqual(row, (listed.body as unknown[])[0], 'a change carries the document as a list answers it')
  assert.doesNotMatch(JSON.stringify(client.frames), /secret|his"/)
})

test('R5 R10 a locked collection is refused; opening it needs no restart, locking it ends what is open', async () => {
  await ok('PATCH', `/data/$collections/${collection}`, { policies: { list: null } })
  const client = await connect().greet()
  client.send({ t: 'sub', id: 1, coll: collection })
  assert.equal((await client.frame('err', frame => frame.s === 1)).problem.code, 'data/not-allowed')
  await ok('PATCH', `/data/$collections/${collection}`, { policies: { list: 'public("a test")' } })
  client.send({ t: 'sub', id: 2, coll: collection })
  await client.frame('live', frame => frame.s === 2)
  await ok('POST', `/data/${collection}`, { title: 'open', owner: 'bob' })
  await client.frame('tx')

  await ok('PATCH', `/data/$collections/${collection}`, { policies: { list: `doc.owner == 'nobody'` } })
  assert.equal((await client.frame('reset', frame => frame.s === 2)).why, 'policy')
  await ok('POST', `/data/${collection}`, { title: 'hidden', owner: 'bob' })
  await ok('PATCH', `/data/$collections/${collection}`, { policies: { list: null } })
  assert.equal((await client.frame('err', frame => frame.s === 2)).problem.code, 'data/not-allowed')
  assert.doesNotMatch(JSON.stringify(client.frames), /hidden/)
})

test('R10 a new field resets, and the rows have it', async () => {
  await ok('POST', `/data/${collection}`, { title: 'a' })
  const client = await connect(server.secretKey).greet()
  client.send({ t: 'sub', id: 1, coll: collection })
  await client.frame('live')
  await ok('PATCH', `/data/$collections/${collection}`, { fields: { colour: { type: 'text' } } })
  assert.equal((await client.frame('reset')).why, 'schema')
  await client.frame('snap', frame => 'colour' in frame.rows[0]!)
  await until(() => client.frames.filter(frame => frame.t === 'live').length === 2, 'it is live again')
  await ok('POST', `/data/${collection}`, { title: 'b', colour: 'red' })
  assert.equal((await client.frame('tx')).c[0]![3]!.colour, 'red')
})

test('R4 one document, from absent to there to gone', async () => {
  const client = await connect().greet(await server.token('ann'))
  const key = '00000000-0000-4000-8000-0000000000aa'
  client.send({ t: 'sub', id: 5, coll: collection, doc: key })
  const { g } = await client.frame('live')
  assert.equal(
    client.frames.some(frame => frame.t === 'snap'),
    false,
  )
  await ok('POST', `/data/${collection}`, { id: key, title: 'here', owner: 'ann' })
  await ok('PATCH', `/data/${collection}/${key}`, { owner: 'bob' })
  await until(() => client.frames.filter(frame => frame.t === 'tx').length === 2, 'both changes are here')
  const changes = client.frames.flatMap(frame => (frame.t === 'tx' ? frame.c : []))
  assert.deepEqual(
    changes.map(change => change.slice(0, 3)),
    [
      ['+', g, key],
      ['-', g, key],
    ],
  )
  assert.equal(changes[1]!.length, 3)
})

test('R8 a cursor continues after the server was restarted', async () => {
  const first = await connect(server.secretKey).greet()
  const { epoch } = await first.frame('welcome')
  first.send({ t: 'sub', id: 1, coll: collection })
  await first.frame('live')
  await ok('POST', `/data/${collection}`, { title: 'seen' })
  const { lsn } = await first.frame('tx')
  first.close()
  await ok('POST', `/data/${collection}`, { title: 'missed' })
  await server.restart()
  await ok('POST', `/data/${collection}`, { title: 'missed after the restart' })
  const second = await connect(server.secretKey).greet()
  assert.equal((await second.frame('welcome')).epoch, epoch)
  second.send({ t: 'sub', id: 1, coll: collection, since: { epoch, lsn } })
  // The last write may be heard only after the others were made up for.
  const changes = () => second.frames.flatMap(frame => (frame.t === 'tx' ? frame.c : []))
  await until(() => changes().length === 2, 'both are here')
  assert.deepEqual(
    changes().map(change => [change[0], change[3]!.title]),
    [
      ['+', 'missed'],
      ['+', 'missed after the restart'],
    ],
  )
  assert.deepEqual(
    second.frames.filter(frame => frame.t === 'snap' || frame.t === 'reset'),
    [],
  )
})

test('R9 sync comes all the time, and a ping is answered', async () => {
  const client = await connect().greet()
  await until(() => client.frames.filter(frame => frame.t === 'sync').length >= 2, 'two heartbeats came')
  await ok('POST', `/data/${collection}`, { title: 'a' })
  const before = client.frames.length
  client.send({ t: 'ping' })
  await until(() => client.frames.length > before, 'there is an answer')
  const positions = client.frames.flatMap(frame => ('lsn' in frame ? [frame.lsn] : []))
  assert.deepEqual(positions, positions.toSorted())
})

test('R11 another token speaks: what is not his goes, and nobody goes on with a bad one', async () => {
  await ok('POST', `/data/${collection}`, [
    { title: 'hers', owner: 'ann' },
    { title: 'his', owner: 'bob' },
  ])
  const client = await connect().greet(await server.token('ann'))
  client.send({ t: 'sub', id: 1, coll: collection })
  await client.frame('live')
  client.send({ t: 'auth', token: await server.token('ann', { session: 'renewed' }) })
  client.send({ t: 'auth', token: await server.token('bob') })
  assert.equal((await client.frame('reset')).why, 'auth')
  await client.frame('snap', frame => titles(frame.rows).includes('his'))
  assert.equal(
    client.frames.filter(frame => frame.t === 'reset').length,
    1,
    'a renewed token changes nothing',
  )

  client.send({ t: 'auth', token: 'forged' })
  assert.equal((await client.frame('err')).problem.code, 'auth/token-invalid')
  assert.deepEqual(await client.frame('bye'), { t: 'bye', code: 'auth/token-invalid', retryMs: 0 })
  await until(() => client.closed !== undefined, 'it is closed')
})

test('R11 the end of a token is announced', async () => {
  const { body } = await server.request('POST', '/auth/test-token', {
    body: { uid: 'ann', expiresInSeconds: 50 },
  })
  const { token, expiresAt } = body as { token: string; expiresAt: string }
  const client = await connect().greet(token)
  const { at } = await client.frame('expiring')
  assert.ok(Math.abs(at - Date.parse(expiresAt)) < 1000)
})

test('R12 frames nobody understands are told so, and the connection goes on until there are too many', async () => {
  const client = await connect().greet()
  client.write('{')
  client.write('[]')
  client.send({ t: 'sub', id: -1, coll: collection })
  client.write(JSON.stringify({ t: 'sub', id: 1, coll: collection, since: { epoch: 'x', lsn: 'y' } }))
  await until(() => client.frames.filter(frame => frame.t === 'err').length === 4, 'each is answered')
  client.send({ t: 'sub', id: 2, coll: 'nowhere' })
  assert.equal((await client.frame('err', frame => frame.s === 2)).problem.code, 'data/unknown-collection')
  client.send({ t: 'sub', id: 3, coll: collection, q: 'titel=eq.x' })
  assert.equal((await client.frame('err', frame => frame.s === 3)).problem.status, 400)
  for (let i = 0; i < 6; i++) client.write('?')
  assert.equal((await client.frame('bye')).code, 'realtime/bad-frame')
})

test('R12 who never says hello has to go', async () => {
  const impatient = await startTestServer({ after }, { argv: ['--realtime-ping-interval-ms', '100'] })
  const silent = new SocketClient(impatient.environmentUrl, impatient.publishableKey)
  assert.equal((await silent.frame('bye')).code, 'realtime/hello-needed')
  await until(() => silent.closed !== undefined, 'it is closed')
})

test('R12 hello comes first, and in a version this server speaks', async () => {
  const silent = connect()
  await until(() => {
    try {
      silent.send({ t: 'ping' })
      return true
    } catch {
      return false
    }
  }, 'the socket is open')
  assert.equal((await silent.frame('err')).problem.code, 'realtime/hello-needed')
  await until(() => silent.closed !== undefined, 'it is closed')
  const wrongKey = connect('cb_pub_wrong')
  await until(() => wrongKey.closed !== undefined, 'a wrong key is closed')
  assert.equal(wrongKey.closed!.code, 4401)
})
