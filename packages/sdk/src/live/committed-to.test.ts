import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { ServerFrame } from '@cloudbox/protocol/realtime'
import { createClient, type Client, type Snapshot } from '../client.ts'
import { createQueue, startPeer, type Peer, type PeerSocket } from '../testing/peer.ts'

interface Schema {
  todos: { id: string; title: string }
}

const lsn = (position: number) => position.toString(16).padStart(16, '0')
const welcome: ServerFrame = { t: 'welcome', conn: 'c', epoch: 'e1', lsn: lsn(1), hb: 60_000 }
const live = (s: number, g: number, position: number): ServerFrame => ({
  t: 'live',
  s,
  g,
  lsn: lsn(position),
  order: [],
})
const passed = (commit: string): ServerFrame => ({ t: 'passed', commit, lsn: lsn(9) })

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

async function accept(): Promise<PeerSocket> {
  const socket = await peer.socket()
  assert.equal((await socket.received()).t, 'hello')
  socket.send(welcome)
  return socket
}

async function write() {
  peer.answer({ status: 201, body: { id: 'a', title: 'A' }, headers: { 'x-cloudbox-commit': '77' } })
  return box.collection('todos').insert({ title: 'A' })
}

test('a write tells when a live query has shown it', async () => {
  const shown = createQueue<Snapshot<Schema['todos']>>()
  const stop = box.collection('todos').subscribe(shown.put)
  const socket = await accept()
  await socket.received()
  socket.send(live(1, 3, 5))
  await shown.take()
  const committed = (await write()).committedTo(stop)
  assert.deepEqual(await socket.received(), { t: 'await', commit: '77' })
  let isDone = false
  const done = committed.then(() => (isDone = true))
  socket.send({ t: 'tx', lsn: lsn(8), at: 0, c: [['+', 3, 'a', { id: 'a', title: 'A' }]] })
  assert.equal((await shown.take()).data.length, 1)
  assert.equal(isDone, false)
  socket.send(passed('77'))
  await done
})

test('it asks again on another connection, and waits until the query is live there', async () => {
  const stop = box.collection('todos').subscribe(() => {})
  const first = await accept()
  await first.received()
  first.send(live(1, 3, 5))
  const committed = (await write()).committedTo(stop)
  assert.equal((await first.received()).t, 'await')
  first.cut()
  const second = await accept()
  assert.deepEqual(
    [(await second.received()).t, (await second.received()).t],
    ['sub', 'await'],
    'after the query it is about',
  )
  second.send(live(2, 1, 5), passed('77'))
  await committed
})

test('it rejects when the query ends or nobody knows the commit', async () => {
  const stop = box.collection('todos').subscribe(() => {})
  const socket = await accept()
  await socket.received()
  socket.send(live(1, 3, 5))
  const result = await write()
  const unknown = result.committedTo(stop)
  assert.equal((await socket.received()).t, 'await')
  const problem = { type: '', title: '', status: 404, code: 'realtime/unknown-commit', detail: 'no' }
  socket.send({ t: 'err', commit: '77', problem })
  await assert.rejects(unknown, { code: 'realtime/unknown-commit' })
  const ended = result.committedTo(stop)
  stop()
  await assert.rejects(ended, { code: 'client/unsubscribed' })
  await assert.rejects(result.committedTo(stop), { code: 'client/unsubscribed' })
  const other = box.collection('todos').subscribe(() => {})
  const closed = result.committedTo(other)
  box.close()
  await assert.rejects(closed, { code: 'client/unsubscribed' })
})

test('what wrote nothing is committed at once, and what failed never', async () => {
  const stop = box.collection('todos').subscribe(() => {})
  peer.answer({ body: [] }, { status: 403, body: { code: 'data/not-allowed', detail: 'no' } })
  await (await box.collection('todos')).committedTo(stop)
  const failed = await box.collection('todos').insert({ title: 'A' })
  await assert.rejects(failed.committedTo(stop), { code: 'data/not-allowed' })
})

test('a lossless query tells every change of every commit, also to a slow loop', async () => {
  const calls: string[][] = []
  const words = ({ changes }: Snapshot<Schema['todos']>) =>
    changes.map(({ type, doc }) => `${type} ${doc.title}`)
  box.collection('todos').subscribe(snapshot => calls.push(words(snapshot)), { mode: 'lossless' })
  const loop = box.collection('todos').live({ mode: 'lossless' })
  const begun = loop.next()
  const socket = await accept()
  assert.deepEqual(await socket.received(), { t: 'sub', id: 1, coll: 'todos', q: '', mode: 'lossless' })
  socket.send(live(1, 3, 5))
  await begun
  const row = (title: string) => ({ id: 'a', title })
  socket.send(
    {
      t: 'tx',
      lsn: lsn(6),
      at: 0,
      c: [
        ['+', 3, 'a', row('A')],
        ['~', 3, 'a', row('B')],
      ],
    },
    {
      t: 'tx',
      lsn: lsn(7),
      at: 0,
      c: [
        ['~', 3, 'a', row('C')],
        ['-', 3, 'a'],
      ],
    },
  )
  const expected = [
    ['added A', 'modified B'],
    ['modified C', 'removed C'],
  ]
  const looped = [await loop.next(), await loop.next()].map(({ value }) => words(value!))
  assert.deepEqual(looped, expected)
  assert.deepEqual(calls.slice(1), expected)
  await loop.return?.()
})
