import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { ServerFrame } from '@cloudbox/protocol/realtime'
import type { Row } from './row.ts'
import type { Snapshot } from './snapshot.ts'
import { Subscription } from './subscription.ts'

const lsn = (position: number) => position.toString(16).padStart(16, '0')
const live = (position: number, group = 1, order: readonly (readonly [string, 'asc' | 'desc'])[] = []) =>
  ({ t: 'live', s: 1, g: group, lsn: lsn(position), order }) satisfies ServerFrame
const ids = (snapshot: Snapshot<Row> | undefined) => snapshot?.data.map(row => row.id)
const steps = (snapshot: Snapshot<Row> | undefined) =>
  snapshot?.changes.map(({ type, doc }) => `${type} ${doc.id}`)

/** A subscription that shows rows a and b as of position 10. */
function started(): Subscription {
  const subscription = new Subscription({ coll: 'todos', q: 'order=n' })
  subscription.open(1)
  subscription.snap([{ id: 'b', n: 2 }])
  subscription.snap([{ id: 'a', n: 1 }])
  subscription.live(live(10, 1, [['n', 'asc']]), 'e1')
  return subscription
}

suite('the first result', () => {
  test('comes when live has been said, in order, everything added', () => {
    const subscription = new Subscription({ coll: 'todos', q: 'order=n' })
    assert.deepEqual(subscription.open(7), { t: 'sub', id: 7, coll: 'todos', q: 'order=n' })
    subscription.snap([{ id: 'b', n: 2 }])
    subscription.snap([{ id: 'a', n: 1 }])
    assert.equal(subscription.current(), undefined)
    const snapshot = subscription.live(live(10, 1, [['n', 'asc']]), 'e1')
    assert.deepEqual(ids(snapshot), ['a', 'b'])
    assert.deepEqual(steps(snapshot), ['added b', 'added a'])
    assert.deepEqual(snapshot?.meta, { status: 'live', lsn: lsn(10), fromResume: false })
  })

  test('may be empty', () => {
    const subscription = new Subscription({ coll: 'todos', doc: 'x' })
    subscription.open(1)
    assert.deepEqual(ids(subscription.live(live(10), 'e1')), [])
  })
})

suite('a commit', () => {
  test('is one snapshot with all it did', () => {
    const subscription = started()
    const snapshot = subscription.tx(lsn(11), [
      ['+', 1, 'c', { id: 'c', n: 0 }],
      ['~', 1, 'a', { id: 'a', n: 5 }],
      ['-', 1, 'b'],
    ])
    assert.deepEqual(ids(snapshot), ['c', 'a'])
    assert.deepEqual(steps(snapshot), ['added c', 'modified a', 'removed b'])
    assert.deepEqual(snapshot?.changes[1]?.old, { id: 'a', n: 1 })
  })

  test('that came before is ignored', () => {
    const subscription = started()
    assert.equal(subscription.tx(lsn(10), [['-', 1, 'a']]), undefined)
    assert.ok(subscription.tx(lsn(12), [['-', 1, 'a']]))
    assert.equal(subscription.tx(lsn(12), [['-', 1, 'b']]), undefined)
    assert.deepEqual(ids(subscription.current()), ['b'])
  })

  test('of another group, or that changes nothing, shows nothing', () => {
    const subscription = started()
    assert.equal(subscription.tx(lsn(11), [['-', 2, 'a']]), undefined)
    assert.equal(subscription.tx(lsn(12), [['-', 1, 'nobody']]), undefined)
  })

  test('leaves earlier snapshots and unchanged documents as they were', () => {
    const subscription = started()
    const before = subscription.current()
    const after = subscription.tx(lsn(11), [['~', 1, 'a', { id: 'a', n: 9 }]])
    assert.deepEqual(ids(before), ['a', 'b'])
    assert.deepEqual(ids(after), ['b', 'a'])
    assert.equal(after?.data[0], before?.data[1])
  })
})

suite('a lost connection', () => {
  test('keeps what was shown and goes on from the newest position', () => {
    const subscription = started()
    subscription.tx(lsn(11), [['-', 1, 'b']])
    subscription.sync(lsn(15))
    const stale = subscription.lost()
    assert.deepEqual([ids(stale), steps(stale), stale?.meta.status], [['a'], [], 'stale'])
    assert.deepEqual(subscription.open(2), {
      t: 'sub',
      id: 2,
      coll: 'todos',
      q: 'order=n',
      since: { epoch: 'e1', lsn: lsn(15) },
    })
    const resumed = subscription.live(live(30, 4, [['n', 'asc']]), 'e1')
    assert.deepEqual([ids(resumed), steps(resumed), resumed?.meta.fromResume], [['a'], [], true])
    assert.deepEqual(steps(subscription.tx(lsn(20), [['+', 4, 'd', { id: 'd', n: 4 }]])), ['added d'])
  })

  test('before the first result starts anew', () => {
    const subscription = new Subscription({ coll: 'todos', q: '' })
    subscription.open(1)
    subscription.snap([{ id: 'a' }])
    assert.equal(subscription.lost(), undefined)
    assert.deepEqual(subscription.open(2), { t: 'sub', id: 2, coll: 'todos', q: '' })
    subscription.snap([{ id: 'b' }])
    assert.deepEqual(ids(subscription.live(live(5), 'e1')), ['b'])
  })

  test('in the middle of a resume can be resumed again', () => {
    const subscription = started()
    subscription.lost()
    subscription.open(2)
    assert.equal(subscription.lost(), undefined)
    assert.ok('since' in subscription.open(3))
  })

  test('answered with a snapshot of another epoch is one diff', () => {
    const subscription = started()
    subscription.lost()
    subscription.open(2)
    subscription.reset()
    subscription.snap([
      { id: 'b', n: 2 },
      { id: 'z', n: 9 },
    ])
    const snapshot = subscription.live(live(3, 1, [['n', 'asc']]), 'e2')
    assert.deepEqual(steps(snapshot), ['removed a', 'added z'])
    assert.deepEqual(snapshot?.meta, { status: 'live', lsn: lsn(3), fromResume: false })
    assert.ok(subscription.tx(lsn(4), [['-', 1, 'z']]), 'positions of the new epoch count')
  })
})

suite('a reset', () => {
  test('shows the old result until the new one is complete, then one diff', () => {
    const subscription = started()
    subscription.reset()
    assert.deepEqual(ids(subscription.current()), ['a', 'b'])
    assert.equal(
      subscription.tx(lsn(11), [['-', 1, 'a']]),
      undefined,
      'the old group does not count any more',
    )
    subscription.snap([{ id: 'a', n: 1 }])
    assert.deepEqual(steps(subscription.live(live(12), 'e1')), ['removed b'])
  })

  test('that brings the same rows shows nothing', () => {
    const subscription = started()
    subscription.reset()
    subscription.snap([
      { id: 'a', n: 1 },
      { id: 'b', n: 2 },
    ])
    assert.equal(subscription.live(live(12), 'e1'), undefined)
  })

  test('that breaks off is not resumed: the rows shown may not be ours any more', () => {
    const subscription = started()
    subscription.reset()
    subscription.lost()
    assert.ok(!('since' in subscription.open(2)))
  })
})

suite('another user', () => {
  test('never resumes what the user before was shown', () => {
    const subscription = started()
    subscription.distrust()
    subscription.tx(lsn(11), [['-', 1, 'a']])
    subscription.sync(lsn(12))
    subscription.lost()
    assert.ok(!('since' in subscription.open(2)))
  })

  test('resumes what was read anew', () => {
    const subscription = started()
    subscription.distrust()
    subscription.reset()
    subscription.live(live(12), 'e1')
    subscription.lost()
    assert.ok('since' in subscription.open(2))
  })
})
