import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Decision, Explanation } from '@cloudbox/protocol/realtime'
import { startTestServer } from '../../testing/start-test-server.ts'
import { SocketClient } from '../../testing/socket-client.ts'
import { until } from '../../testing/until.ts'

const clients: SocketClient[] = []
const dev = await startTestServer({ after })
const production = await startTestServer({ after }, { dev: false })
after(() => clients.forEach(client => client.close()))

type Server = typeof dev

async function notes(server: Server, name: string): Promise<void> {
  const { status, body } = await server.request('POST', '/data/$collections', {
    body: {
      name,
      fields: { title: { type: 'text' }, owner: { type: 'text' }, done: { type: 'boolean', default: false } },
      policies: { list: `doc.owner == auth.uid && doc.title != 'secret'` },
    },
  })
  assert.equal(status, 201, JSON.stringify(body))
}

async function connect(server: Server, key = server.publishableKey, token?: string): Promise<SocketClient> {
  const client = new SocketClient(server.environmentUrl, key)
  clients.push(client)
  return client.greet(token)
}

const write = (server: Server, method: string, path: string, body?: unknown) =>
  server.request(method, `/data/${path}`, body === undefined ? {} : { body })

/** What ann, who asks for open notes, is told about everything that happens to some. */
async function told(server: Server, name: string): Promise<Explanation & { readonly key: string }> {
  await notes(server, name)
  const { body } = await write(server, 'POST', name, { title: 'before', owner: 'ann' })
  const client = await connect(server, server.publishableKey, await server.token('ann'))
  client.send({ t: 'sub', id: 4, coll: name, q: 'done=eq.false' })
  await client.frame('live')
  const key = (body as { id: string }).id
  await write(server, 'POST', name, { title: 'of bob', owner: 'bob' })
  await write(server, 'POST', name, { title: 'done already', owner: 'ann', done: true })
  await write(server, 'PATCH', `${name}/${key}`, { title: 'renamed' })
  await write(server, 'PATCH', `${name}/${key}`, { done: true })
  await write(server, 'PATCH', `${name}/${key}`, { done: false })
  await write(server, 'PATCH', `${name}/${key}`, { title: 'secret' })
  await until(() => client.frames.filter(({ t }) => t === 'tx').length === 4, 'all is told')
  client.send({ t: 'explain', id: 4 })
  const { decisions, state } = await client.frame('explained', frame => frame.s === 4)
  return { decisions, state, key }
}

const short = (decisions: readonly Decision[]) =>
  decisions.map(({ outcome, fate, why }) => [outcome, fate, why])

test('R18 in a dev environment every decision names its condition', async () => {
  const { decisions, state, key } = await told(dev, 'dev_notes')
  const enter = ['enter', 'sent', 'it matches now, not before (filter: done=eq.false)']
  assert.deepEqual(short(decisions), [
    ['enter', 'before the snapshot', 'it matches now, it was not there before'],
    ['hidden by policy', 'nothing to send', 'not true: policy: doc.owner == auth.uid'],
    ['not matched', 'nothing to send', 'not true: filter: done=eq.false'],
    ['update', 'sent', 'it matched before and matches now'],
    ['leave', 'sent', 'no longer true: filter: done=eq.false'],
    enter,
    ['leave', 'sent', `no longer true: policy: doc.title != 'secret'`],
  ])
  assert.deepEqual(
    decisions.map(decision => decision.key === key),
    [true, false, false, true, true, true, true],
  )
  const lsns = decisions.map(({ lsn }) => lsn)
  assert.deepEqual(lsns, lsns.toSorted())
  assert.equal(state.stage, 'live')
  assert.deepEqual(state.resets, [])
  assert.ok(state.position >= decisions.at(-1)!.lsn)
})

test('R18 elsewhere a user is told nothing of what the policy hides, nor its conditions', async () => {
  const { decisions } = await told(production, 'real_notes')
  assert.deepEqual(short(decisions), [
    ['enter', 'before the snapshot', 'it matches now, it was not there before'],
    ['not matched', 'nothing to send', 'not true: filter: done=eq.false'],
    ['update', 'sent', 'it matched before and matches now'],
    ['leave', 'sent', 'no longer true: filter: done=eq.false'],
    ['enter', 'sent', 'it matches now, not before (filter: done=eq.false)'],
    ['leave', 'sent', 'it was deleted, or is not yours to see any more'],
  ])
  assert.doesNotMatch(JSON.stringify(decisions), /doc\.|secret/)
})

test('R18 what is behind the window or held back is told so, and resets with their reason', async () => {
  await notes(dev, 'windowed')
  await write(dev, 'POST', 'windowed', [{ title: 'a' }, { title: 'b' }])
  const client = await connect(dev, dev.secretKey)
  const nowhere = { epoch: 'x', lsn: '0'.repeat(16) }
  client.send({ t: 'sub', id: 1, coll: 'windowed', q: 'order=title&limit=2', since: nowhere })
  client.send({ t: 'sub', id: 2, coll: 'windowed', coalesce: 60_000 })
  await until(() => client.frames.filter(({ t }) => t === 'live').length === 2, 'both are live')
  await write(dev, 'POST', 'windowed', { title: 'c' })
  const held = { title: 'd' }
  await write(dev, 'POST', 'windowed', held)
  const explained = async (id: number): Promise<Explanation> => {
    client.send({ t: 'explain', id })
    return client.frame('explained', frame => frame.s === id)
  }
  await until(async () => {
    client.frames.splice(0)
    return (await explained(1)).decisions.length === 4
  }, 'both commits have been heard')
  const window = await explained(1)
  assert.deepEqual(
    window.decisions.map(({ fate }) => fate),
    ['before the snapshot', 'before the snapshot', 'behind the window', 'behind the window'],
  )
  assert.deepEqual(
    window.state.resets.map(({ why }) => why),
    ['gap'],
  )
  const { decisions, state } = await explained(2)
  assert.equal(decisions.at(-1)!.fate, 'held back: coalesce')
  assert.equal(state.coalesce, 60_000)
  client.send({ t: 'explain', id: 9 })
  assert.equal((await client.frame('err')).problem.code, 'realtime/bad-frame')
})

test('the operator sees who is connected, what is asked and why', async () => {
  await notes(dev, 'inspected')
  const client = await connect(dev, dev.publishableKey, await dev.token('eve'))
  client.send({ t: 'sub', id: 7, coll: 'inspected', q: 'done=eq.false' })
  await client.frame('live')
  await write(dev, 'POST', 'inspected', { title: 'hers not', owner: 'bob' })
  type Page = { count: number; connections: Inspected[]; next: string | null }
  type Inspected = { id: string; edge: string; user?: string; subscriptions: Record<string, unknown>[] }
  const all: Inspected[] = []
  for (let after: string | null = ''; after !== null;) {
    const { body } = await dev.request('GET', `/realtime/inspect?limit=1&after=${after}`)
    const { connections, next } = body as Page
    assert.ok(connections.length <= 1)
    all.push(...connections)
    after = next
  }
  const eve = all.find(({ user }) => user === 'eve')!
  assert.equal(eve.edge, 'websocket')
  const [subscription] = eve.subscriptions
  assert.deepEqual(
    [subscription!.id, subscription!.collection, subscription!.query],
    [7, 'inspected', 'done=eq.false'],
  )
  await until(async () => {
    const { body } = await dev.request('GET', `/realtime/inspect/${eve.id}/7`)
    const [decision] = (body as Explanation).decisions
    return decision?.why === 'not true: policy: doc.owner == auth.uid'
  }, 'the reason is there')
  const missing = await dev.request('GET', `/realtime/inspect/${eve.id}/8`)
  assert.equal((missing.body as { code: string }).code, 'realtime/unknown-subscription')
  const visitor = { headers: { apikey: dev.publishableKey } }
  assert.equal((await dev.request('GET', '/realtime/inspect', visitor)).status, 403)
  client.close()
  await until(async () => {
    const { body } = await dev.request('GET', '/realtime/inspect')
    return !(body as Page).connections.some(({ user }) => user === 'eve')
  }, 'who has left is gone')
})
