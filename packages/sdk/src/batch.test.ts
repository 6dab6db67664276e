import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createClient } from './client.ts'
import { startPeer, type Peer } from './testing/peer.ts'

let peer: Peer
before(async () => {
  peer = await startPeer()
})
after(() => peer.stop())

/** A network that loses the first answers, after the server has heard the requests. */
function losing(answers: number): typeof fetch {
  let lost = 0
  return async (...call) => {
    const response = await fetch(...call)
    if (lost++ < answers) throw new TypeError('fetch failed')
    return response
  }
}

test('a batch whose answer is lost is sent again under the same key', async () => {
  const box = createClient(peer.url, 'cb_pub_1', { fetch: losing(1) })
  const results = { results: [{ status: 201, count: 1, data: { id: '1' } }] }
  peer.answer({ body: results }, { body: results })
  const { data, error } = await box.batch([box.collection('todos').insert({ title: 'a' })])
  assert.deepEqual([data, error], [[{ id: '1' }], null])
  const [first, second, ...more] = peer.requests.splice(0)
  assert.deepEqual(more, [])
  assert.match(String(first!.headers['idempotency-key']), /^[\w-]{16,}$/)
  assert.equal(second!.headers['idempotency-key'], first!.headers['idempotency-key'])
  assert.deepEqual(second!.body, {
    operations: [{ op: 'insert', collection: 'todos', data: { title: 'a' } }],
  })
})

test('it is sent twice, not for ever', async () => {
  const box = createClient(peer.url, 'cb_pub_1', { fetch: losing(5) })
  const { error } = await box.batch([box.doc('todos', '1').delete()], { idempotencyKey: 'mine' })
  assert.equal(error?.code, 'client/network')
  assert.deepEqual(
    peer.requests.splice(0).map(({ headers }) => headers['idempotency-key']),
    ['mine', 'mine'],
  )
})

test('a write without a key is not sent again', async () => {
  const box = createClient(peer.url, 'cb_pub_1', { fetch: losing(1) })
  assert.equal((await box.collection('todos').insert({ title: 'a' })).error?.code, 'client/network')
  assert.equal(peer.requests.splice(0).length, 1)
})
