import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConnectionState, type Action, type Subscriptions } from './connection-state.ts'

const none: Subscriptions = { count: 0, has: () => false }
const read = (state: ConnectionState, frame: unknown, subscriptions = none): Action[] =>
  state.read(typeof frame === 'string' ? frame : JSON.stringify(frame), subscriptions)

function greeted(mostSubscriptions = 3): ConnectionState {
  const state = new ConnectionState(mostSubscriptions)
  assert.deepEqual(read(state, { t: 'hello', v: 1, token: 'abc' }), [{ do: 'greet', token: 'abc' }])
  return state
}

/** The code of a refusal, its subscription, and whether the connection ends. */
const refusal = ([first, second]: Action[]) =>
  first?.do === 'refuse' ? [first.problem.code, first.id, second?.do === 'end'] : first

test('every frame becomes what it asks for', () => {
  const state = greeted()
  const since = { epoch: 'e', lsn: '00000000000000ff' }
  assert.deepEqual(read(state, { t: 'sub', id: 1, coll: 'c', q: 'a=eq.1', since }), [
    { do: 'subscribe', id: 1, request: { collection: 'c', queryText: 'a=eq.1' }, how: { since } },
  ])
  assert.deepEqual(read(state, { t: 'sub', id: 2, coll: 'c', doc: 'x' }), [
    { do: 'subscribe', id: 2, request: { collection: 'c', documentId: 'x' }, how: {} },
  ])
  assert.deepEqual(read(state, { t: 'sub', id: 3, coll: 'c', coalesce: 250, mode: 'lossless' }), [
    {
      do: 'subscribe',
      id: 3,
      request: { collection: 'c', queryText: '' },
      how: { coalesceMs: 250, isLossless: true },
    },
  ])
  assert.deepEqual(read(state, { t: 'await', commit: '77' }), [{ do: 'await', commit: '77' }])
  assert.deepEqual(read(state, { t: 'unsub', id: 2 }), [{ do: 'unsubscribe', id: 2 }])
  assert.deepEqual(read(state, { t: 'auth', token: null }), [{ do: 'authenticate', token: null }])
  assert.deepEqual(read(state, { t: 'ping' }), [{ do: 'sync' }])
})

test('R12 what cannot be understood is refused with its place', () => {
  const cases: [unknown, number | undefined][] = [
    ['', undefined],
    ['null', undefined],
    [[1], undefined],
    [{ t: 'nothing' }, undefined],
    [{ t: 'hello', v: 1 }, undefined],
    [{ t: 'sub', id: 1.5, coll: 'c' }, undefined],
    [{ t: 'sub', id: 4 }, 4],
    [{ t: 'sub', id: 4, coll: 'c', q: 'a', doc: 'b' }, 4],
    [{ t: 'sub', id: 4, coll: 'c', since: { epoch: 'e', lsn: '1' } }, 4],
    [{ t: 'sub', id: 5, coll: 'c', coalesce: 9 }, 5],
    [{ t: 'sub', id: 6, coll: 'c', mode: 'events' }, 6],
    [{ t: 'await' }, undefined],
    [{ t: 'sub', id: 4, coll: 'c', q: 'x'.repeat(20_001) }, 4],
    [{ t: 'auth' }, undefined],
    [{ t: 'ping', filler: 'x'.repeat(70_000) }, undefined],
  ]
  for (const [frame, place] of cases)
    assert.deepEqual(
      refusal(read(greeted(), frame)),
      ['realtime/bad-frame', place, false],
      JSON.stringify(frame),
    )
})

test('R12 the tenth mistake ends the connection', () => {
  const state = greeted()
  const ends = Array.from({ length: 10 }, () => read(state, '?').some(action => action.do === 'end'))
  assert.deepEqual(ends, [...Array<boolean>(9).fill(false), true])
})

test('R12 subscriptions are limited and have numbers of their own', () => {
  const sub = { t: 'sub', id: 9, coll: 'c' }
  assert.deepEqual(refusal(read(greeted(3), sub, { count: 3, has: () => false })), [
    'realtime/too-many-subscriptions',
    9,
    false,
  ])
  assert.deepEqual(refusal(read(greeted(), sub, { count: 1, has: id => id === 9 })), [
    'realtime/bad-frame',
    9,
    false,
  ])
})

test('R12 hello comes first and in the version spoken here', () => {
  assert.deepEqual(refusal(read(new ConnectionState(1), { t: 'ping' })), [
    'realtime/hello-needed',
    undefined,
    true,
  ])
  assert.deepEqual(refusal(read(new ConnectionState(1), { t: 'hello', v: 2 })), [
    'realtime/bad-frame',
    undefined,
    true,
  ])
})
