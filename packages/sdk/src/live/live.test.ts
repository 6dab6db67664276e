import assert from 'node:assert/strict'
import { afterEach, beforeEach, suite, test } from 'node:test'
import type { ServerFrame } from '@cloudbox/protocol/realtime'
import { createClient, type Client, type CloudBoxError, type Snapshot } from '../client.ts'
import { createQueue, startPeer, type Peer, type PeerSocket } from '../testing/peer.ts'

interface Todo {
  id: string
  title: string
  createdAt?: string
}
interface Schema {
  todos: Todo
}

const welcome: ServerFrame = { t: 'welcome', conn: 'c', epoch: 'e1', lsn: '0000000000000001', hb: 60_000 }
const live = (s: number, g: number, lsn = '0000000000000005'): ServerFrame => ({
  t: 'live',
  s,
  g,
  lsn,
  order: [],
})
const tx = (position: number, c: Extract<ServerFrame, { t: 'tx' }>['c']): ServerFrame => ({
  t: 'tx',
  lsn: position.toString(16).padStart(16, '0'),
  at: 0,
  c,
})
const rowA = { id: 'a', title: 'A' }
const rowB = { id: 'b', title: 'B' }

let peer: Peer
let box: Client<Schema>
beforeEach(async () => {
  peer = await startPeer()
  box = createClient<Schema>(peer.url, 'cb_pub_1')
})
afterEach(async () => {
  box.close()
  await peer.stop()
})

/** Takes the next connection and greets it; gives its hello too. */
async function accept(): Promise<PeerSocket> {
  const socket = await peer.socket()
  assert.equal((await socket.received()).t, 'hello')
  socket.send(welcome)
  return socket
}

/** Subscribes, and gives what the listener hears as a queue. */
function listen(query = box.collection('todos').limit(9)) {
  const snapshots = createQueue<Snapshot<Todo>>()
  const errors = createQueue<CloudBoxError>()
  const statuses: string[] = []
  const stop = query.subscribe({
    next: snapshots.put,
    error: errors.put,
    status: status => statuses.push(status),
  })
  return { next: snapshots.take, snapshots, error: errors.take, statuses, stop }
}

const titles = (snapshot: Snapshot<Todo>) => snapshot.data.map(todo => todo.title)

test('a live query shows its result, then every commit', async () => {
  const heard = listen(box.collection('todos').eq('title', 'x y').orderBy('title').limit(2))
  const socket = await accept()
  assert.equal(socket.url, '/app/dev/v1/realtime?apikey=cb_pub_1')
  const sub = await socket.received()
  assert.deepEqual(sub, {
    t: 'sub',
    id: 1,
    coll: 'todos',
    q: 'title=eq.x%20y&order=title.asc&limit=2',
  })
  socket.send({ t: 'snap', s: 1, rows: [rowA] }, live(1, 3))
  assert.deepEqual(titles(await heard.next()), ['A'])
  socket.send(
    tx(6, [
      ['+', 3, 'b', rowB],
      ['-', 3, 'a'],
    ]),
  )
  const second = await heard.next()
  assert.deepEqual(titles(second), ['B'])
  assert.deepEqual(
    second.changes.map(change => change.type),
    ['added', 'removed'],
  )
  assert.deepEqual(heard.statuses, ['loading', 'live'])
})

test('rows that are kept by id and sorted here bring both along', async () => {
  box
    .collection('todos')
    .select('title')
    .order('createdAt')
    .subscribe(() => {})
  const socket = await accept()
  const sub = await socket.received()
  assert.equal('q' in sub && sub.q, 'order=createdAt.asc&select=title,id,createdAt')
})

test('equal queries share a subscription, a late listener starts with the whole result', async () => {
  const first = listen()
  const socket = await accept()
  await socket.received()
  socket.send({ t: 'snap', s: 1, rows: [rowA] }, live(1, 1))
  await first.next()
  const late = listen()
  const initial = await late.next()
  assert.deepEqual([titles(initial), initial.changes.map(change => change.type)], [['A'], ['added']])
  socket.send(tx(6, [['+', 1, 'b', rowB]]))
  assert.deepEqual(titles(await first.next()), titles(await late.next()))
  first.stop()
  late.stop()
  assert.deepEqual(await socket.received(), { t: 'unsub', id: 1 })
})

test('two queries in one group both hear a commit, once', async () => {
  const one = listen()
  const other = listen(box.collection('todos').limit(8))
  const socket = await accept()
  socket.send({ t: 'snap', s: 1, rows: [rowA] }, live(1, 1), { t: 'snap', s: 2, rows: [rowA] }, live(2, 1))
  await one.next()
  await other.next()
  socket.send(
    tx(6, [
      ['+', 1, 'b', rowB],
      ['-', 1, 'a'],
    ]),
  )
  assert.deepEqual([titles(await one.next()), titles(await other.next())], [['B'], ['B']])
  assert.deepEqual([one.snapshots.size, other.snapshots.size], [0, 0])
})

test('a live document is null until it is there', async () => {
  const shown = createQueue<Todo | null>()
  box.doc('todos', 'a').subscribe(({ data }) => shown.put(data))
  const socket = await accept()
  assert.deepEqual(await socket.received(), { t: 'sub', id: 1, coll: 'todos', doc: 'a' })
  socket.send(live(1, 1))
  assert.equal(await shown.take(), null)
  socket.send(tx(6, [['+', 1, 'a', rowA]]))
  assert.deepEqual(await shown.take(), rowA)
})

suite('a broken line', () => {
  test('is mended, and the query goes on where it was', async () => {
    const heard = listen()
    const first = await accept()
    await first.received()
    first.send({ t: 'snap', s: 1, rows: [rowA] }, live(1, 1))
    await heard.next()
    first.cut()
    const stale = await heard.next()
    assert.deepEqual([titles(stale), stale.meta.status, box.connection.status], [['A'], 'stale', 'offline'])
    const second = await accept()
    const sub = await second.received()
    assert.deepEqual(sub, {
      t: 'sub',
      id: 2,
      coll: 'todos',
      q: 'limit=9',
      since: { epoch: 'e1', lsn: '0000000000000005' },
    })
    second.send(live(2, 7), tx(5, [['-', 7, 'a']]), tx(6, [['+', 7, 'b', rowB]]))
    assert.equal((await heard.next()).meta.fromResume, true)
    const resumed = await heard.next()
    assert.deepEqual(titles(resumed), ['A', 'B'], 'a commit seen before is not applied again')
    assert.deepEqual(heard.statuses, ['loading', 'live', 'stale', 'live'])
  })

  test('is noticed by silence', async () => {
    listen()
    const first = await peer.socket()
    await first.received()
    first.send({ ...welcome, hb: 20 })
    await first.closed
    await accept()
  })

  test('a server that says bye is left alone for the time it asks for, then called again', async () => {
    const heard = listen()
    const first = await accept()
    first.send({ t: 'bye', code: 'restart', retryMs: 1 })
    const second = await accept()
    await second.received()
    second.send(live(2, 1))
    assert.deepEqual(titles(await heard.next()), [])
  })

  test('a socket closed for the key ends everything with the reason, one closed for load is tried again', async () => {
    const heard = listen()
    const first = await peer.socket()
    first.close(4429, 'http/busy')
    const second = await peer.socket()
    second.close(4401, 'platform/key-invalid')
    const { code, status } = await heard.error()
    assert.deepEqual([code, status], ['platform/key-invalid', 401])
    assert.equal(box.connection.status, 'idle')
  })

  test('a server that says bye for good ends everything with its reason', async () => {
    const heard = listen()
    const socket = await accept()
    const problem = { type: '', title: '', status: 401, code: 'auth/token-invalid', detail: 'no' }
    socket.send({ t: 'err', problem }, { t: 'bye', code: '4401', retryMs: 0 })
    assert.equal((await heard.error()).code, 'auth/token-invalid')
    assert.equal(box.connection.status, 'idle')
  })
})

test('the browser tells when the line is gone and when it is back', async t => {
  // Node has no such events, so the test plays the browser's window.
  const window = new EventTarget()
  for (const name of ['addEventListener', 'removeEventListener'] as const) {
    Object.defineProperty(globalThis, name, { configurable: true, value: window[name].bind(window) })
    t.after(() => Reflect.deleteProperty(globalThis, name))
  }
  t.mock.method(Math, 'random', () => 1e6)
  const heard = listen()
  const first = await accept()
  await first.received()
  first.send(live(1, 1))
  await heard.next()
  window.dispatchEvent(new Event('offline'))
  assert.equal(box.connection.status, 'offline')
  await first.closed
  window.dispatchEvent(new Event('online'))
  assert.equal(box.connection.status, 'connecting')
  await accept()
})

test('a reset keeps the old result until the new one is complete', async () => {
  const heard = listen()
  const socket = await accept()
  socket.send({ t: 'snap', s: 1, rows: [rowA] }, live(1, 1))
  await heard.next()
  socket.send({ t: 'reset', s: 1, why: 'policy' }, tx(6, [['-', 1, 'a']]), { t: 'snap', s: 1, rows: [rowB] })
  socket.send(live(1, 2, '0000000000000007'))
  const snapshot = await heard.next()
  assert.deepEqual(
    snapshot.changes.map(({ type, doc }) => `${type} ${doc.id}`),
    ['removed a', 'added b'],
  )
})

suite('a refused query', () => {
  const problem = { type: '', title: '', status: 422, code: 'realtime/not-live', detail: 'no' }

  test('ends with the error; others go on', async () => {
    const refused = listen(box.collection('todos').limit(1))
    const fine = listen()
    const socket = await accept()
    socket.send({ t: 'err', s: 1, problem }, live(2, 1))
    assert.equal((await refused.error()).code, 'realtime/not-live')
    await fine.next()
  })

  test('is asked again when the server only had trouble', async () => {
    const heard = listen()
    const socket = await accept()
    assert.equal((await socket.received()).t, 'sub')
    socket.send({ t: 'err', s: 1, problem: { ...problem, status: 503, code: 'http/unavailable' } })
    assert.deepEqual(await socket.received(), { t: 'sub', id: 2, coll: 'todos', q: 'limit=9' })
    socket.send(live(2, 1))
    await heard.next()
  })
})

suite('users', () => {
  test('a token goes with hello, a new one as auth, and another user does not resume', async () => {
    box.setToken('alice')
    const heard = listen()
    const first = await peer.socket()
    assert.deepEqual(await first.received(), { t: 'hello', v: 1, token: 'alice' })
    first.send(welcome)
    await first.received()
    first.send({ t: 'snap', s: 1, rows: [rowA] }, live(1, 1))
    await heard.next()
    box.setToken('bob')
    assert.deepEqual(await first.received(), { t: 'auth', token: 'bob' })
    box.setToken(null)
    assert.deepEqual(await first.received(), { t: 'auth', token: null })
    first.cut()
    const second = await accept()
    assert.ok(!('since' in (await second.received())))
  })

  test('an ending token is renewed, and the same user resumes', async () => {
    let renewed = 0
    const tokenOf = (claims: object) => `h.${btoa(JSON.stringify(claims))}.s`
    const client = createClient<Schema>(peer.url, 'k', {
      accessToken: () => tokenOf({ sub: 'u', exp: ++renewed }),
    })
    const first = createQueue<Snapshot<Todo>>()
    client.collection('todos').subscribe(first.put)
    const socket = await accept()
    await socket.received()
    socket.send(live(1, 1))
    await first.take()
    socket.send({ t: 'expiring', at: 0 })
    assert.deepEqual(await socket.received(), { t: 'auth', token: tokenOf({ sub: 'u', exp: 2 }) })
    socket.cut()
    const second = await accept()
    assert.ok('since' in (await second.received()))
    client.close()
  })
})

suite('iteration', () => {
  test('gives snapshots, and ends the subscription with the loop', async () => {
    const seen = createQueue<string[]>()
    const loop = (async () => {
      for await (const snapshot of box.collection('todos').live()) {
        seen.put(titles(snapshot))
        if (snapshot.data.length > 0) break
      }
    })()
    const socket = await accept()
    await socket.received()
    socket.send(live(1, 1))
    assert.deepEqual(await seen.take(), [])
    socket.send(tx(6, [['+', 1, 'a', rowA]]))
    await loop
    assert.deepEqual(await seen.take(), ['A'])
    assert.deepEqual(await socket.received(), { t: 'unsub', id: 1 })
  })

  test('a slow loop gets what it missed as one snapshot', async () => {
    const iterator = box.collection('todos').live()
    const pending = iterator.next()
    const heard = listen(box.collection('todos'))
    const socket = await accept()
    socket.send({ t: 'snap', s: 1, rows: [rowA] }, live(1, 1))
    await pending
    await heard.next()
    socket.send(
      tx(6, [['+', 1, 'b', rowB]]),
      tx(7, [['-', 1, 'a']]),
      tx(8, [['~', 1, 'b', { id: 'b', title: 'B2' }]]),
    )
    for (let commit = 0; commit < 3; commit++) await heard.next()
    const { value } = await iterator.next()
    assert.ok(value)
    assert.deepEqual(titles(value), ['B2'])
    assert.deepEqual(
      value.changes.map(({ type, doc }) => `${type} ${doc.title}`),
      ['added B2', 'removed A'],
    )
    await iterator.return?.()
    assert.deepEqual(await iterator.next(), { done: true, value: undefined })
  })

  test('rejects when the query is refused', async () => {
    const iterator = box.collection('todos').live()
    const pending = iterator.next()
    const socket = await accept()
    const problem = { type: '', title: '', status: 404, code: 'data/unknown-collection', detail: 'no' }
    socket.send({ t: 'err', s: 1, problem })
    await assert.rejects(pending, { code: 'data/unknown-collection' })
  })
})

test('the connection is opened with the first subscription and closed a while after the last', async () => {
  const statuses: string[] = []
  box.connection.onChange(status => statuses.push(status))
  assert.equal(box.connection.status, 'idle')
  const heard = listen()
  const socket = await accept()
  socket.send(live(1, 1))
  await heard.next()
  heard.stop()
  await socket.closed
  assert.deepEqual(statuses, ['connecting', 'online', 'idle'])
})
