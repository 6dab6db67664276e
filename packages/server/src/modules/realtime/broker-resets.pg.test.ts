import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dataProblems } from '@cloudbox/protocol/data'
import { Problem } from '../../kernel/problem.ts'
import { sql } from '../../kernel/sql.ts'
import type { CompileLive } from './definitions.ts'
import { collectionsChanged, first, isLive, put, scene, second, third } from './testing/broker-scene.ts'
import { itemCollection, itemQuery, type Item, type ItemQuestion } from './testing/item-query.ts'
import { TestClient, testEnvironment } from './testing/test-client.ts'
import { until } from '../../testing/until.ts'

test('R7 R8 a cursor older than the window, of another history, or of a window of rows is reset', async t => {
  const { db, stream, ask } = await scene(t, { config: { windowBytes: 300 } })
  const old = { epoch: stream.epoch, lsn: stream.lsn }
  for (const id of [first, second, third]) await put(db, { id, room: 'x'.repeat(200) })
  await stream.caughtUp()
  const now = { epoch: stream.epoch, lsn: stream.lsn }
  const client = new TestClient()
  ask(client, 1, {}, { since: old })
  ask(client, 2, {}, { since: { ...now, epoch: 'another' } })
  ask(client, 3, { limit: 2 }, { since: now })
  ask(client, 4, {}, { since: now })
  await until(() => [1, 2, 3, 4].every(id => isLive(client, id)()), 'all are live')
  assert.deepEqual(
    [1, 2, 3, 4].map(id => client.view(id).resets),
    [['gap'], ['gap'], ['gap'], []],
  )
  assert.deepEqual(
    [1, 2, 3, 4].map(id => client.rows(id).length),
    [3, 3, 2, 0],
  )
})

test('R7 a commit that does not tell its rows resets, and what follows is right again', async t => {
  const { db, stream, ask } = await scene(t, { config: { bulkRows: 50 } })
  const client = new TestClient()
  ask(client, 1, {})
  ask(client, 2, { limit: 3 })
  await until(() => [1, 2].every(id => isLive(client, id)()), 'all are live')
  await db.query(sql`insert into app.item select gen_random_uuid(), 'a' from generate_series(1, 60)`)
  await stream.caughtUp()
  await until(() => client.rows(1).length === 60 && client.rows(2).length === 3, 'the rows are there')
  assert.deepEqual(client.view(1).resets, ['bulk'])
  await db.query(sql`truncate app.item`)
  await stream.caughtUp()
  await until(
    () => isLive(client, 1)() && client.rows(1).length === 0 && client.rows(2).length === 0,
    'all is gone',
  )
  assert.deepEqual(client.view(1).resets, ['bulk', 'bulk'])
  assert.deepEqual(client.view(2).resets, [], 'a window is told the difference')
  await put(db, { id: first })
  await stream.caughtUp()
  assert.deepEqual(
    [1, 2].map(id => client.rows(id).length),
    [1, 1],
  )
})

test('I7 a history that breaks resets everything', async t => {
  const { db, stream, ask } = await scene(t)
  await put(db, { id: first, room: 'a' })
  const client = new TestClient()
  ask(client, 1, {})
  ask(client, 2, { limit: 3 })
  await until(() => [1, 2].every(id => isLive(client, id)()), 'all are live')
  const broken = new Promise<void>(done => stream.onBreak(done))
  await db.transaction(async tx => {
    await tx.query(sql`select pg_advisory_xact_lock(hashtext('cloudbox.stream'))`)
    await tx.query(sql`select pg_terminate_backend(active_pid, 5000) from pg_replication_slots
      where database = current_database()`)
    await tx.query(sql`select pg_drop_replication_slot(slot_name) from pg_replication_slots
      where database = current_database()`)
  })
  await put(db, { id: second, room: 'never streamed' })
  await broken
  await until(
    () => [1, 2].every(id => isLive(client, id)() && client.rows(id).length === 2),
    'all is read anew',
  )
  assert.deepEqual(
    [1, 2].map(id => client.view(id).resets),
    [['gap'], ['gap']],
  )
})

test('R10 a changed collection binds anew at its place in the log', async t => {
  let current = itemCollection(1)
  let isAllowed = true
  const compile: CompileLive = (_environment, _caller, { queryText }) => {
    if (!isAllowed) throw new Problem(dataProblems['not-allowed'], 'No longer.')
    const question = JSON.parse(queryText!) as ItemQuestion
    const policy = current.policies.get('list')!.text
    return itemQuery({ ...question, where: `(${policy}) && (${question.where ?? 'true'})` }, current)
  }
  const { db, stream, broker, ask } = await scene(t, { compile })
  await put(db, { id: first, room: 'a' })
  const client = new TestClient()
  ask(client, 1, { where: `doc.room == 'a'` })
  ask(client, 2, {})
  await until(() => [1, 2].every(id => isLive(client, id)()), 'all are live')

  /** The one who compiles hears of the change a little later than the stream. */
  const change = async (next: typeof current, write: Partial<Item> & { id: string }) => {
    await db.transaction(tx =>
      tx.emit(collectionsChanged, { environmentId: testEnvironment.id, names: ['item'] }),
    )
    await put(db, write)
    await stream.caughtUp()
    const { lsn } = stream
    assert.doesNotMatch(
      JSON.stringify(client.frames),
      new RegExp(write.room!),
      'nothing is judged by the old policy',
    )
    current = next
    await until(
      () =>
        [1, 2].every(id => client.view(id).problem !== undefined || isLive(client, id)()) &&
        broker.position(client) >= lsn,
      'all are live again',
    )
    await stream.caughtUp()
    return lsn
  }
  const before = stream.lsn
  await change(itemCollection(2, `doc.room != 'hidden'`), { id: second, room: 'hidden' })
  assert.ok(before < stream.lsn)
  assert.deepEqual(
    [1, 2].map(id => client.view(id).resets),
    [[], ['policy']],
    'the first asks the same as before',
  )
  assert.deepEqual(
    client.rows(2).map(row => row.id),
    [first],
  )
  await put(db, { id: third, room: 'a' })
  await stream.caughtUp()
  assert.deepEqual(
    [1, 2].map(id => client.rows(id).length),
    [2, 2],
  )

  isAllowed = false
  await change(itemCollection(3), { id: second, room: 'forbidden' })
  assert.deepEqual(
    [1, 2].map(id => client.view(id).problem),
    ['data/not-allowed', 'data/not-allowed'],
  )
})

test('R10 sync does not pass a place where a subscription waits to be bound anew', async t => {
  let version = 1
  const compile: CompileLive = (_environment, _caller, { queryText }) =>
    itemQuery(JSON.parse(queryText!) as ItemQuestion, itemCollection(version))
  const { db, stream, ask, broker } = await scene(t, { compile })
  const client = new TestClient()
  ask(client, 1, { where: `doc.room == 'a'` })
  await until(isLive(client, 1), 'it is live')
  await db.transaction(tx =>
    tx.emit(collectionsChanged, { environmentId: testEnvironment.id, names: ['item'] }),
  )
  const place = stream.lsn
  await put(db, { id: first, room: 'a' })
  await stream.caughtUp()
  assert.ok(stream.lsn > place)
  const [commit] = (await stream.since(client.view(1).lsn))!
  assert.ok(broker.position(client) < commit!.lsn)
  version = 2
  await until(() => client.rows(1).length === 1, 'what was written meanwhile arrives')
  assert.deepEqual(client.view(1).resets, [])
  assert.equal(broker.position(client), stream.lsn)
})

test('R11 another caller gets what is his, and what stays the same stays', async t => {
  const compile: CompileLive = (_environment, caller, { queryText }) => {
    const auth = caller.kind === 'user' ? { uid: caller.uid } : {}
    return itemQuery({ ...(JSON.parse(queryText!) as ItemQuestion), auth })
  }
  const { db, broker, ask } = await scene(t, { compile })
  await put(db, { id: first, owner: 'ann', room: 'a' })
  await put(db, { id: second, owner: 'bob', room: 'a' })
  const client = new TestClient()
  client.caller = { kind: 'user', uid: 'ann', claims: {}, expiresAtMs: 0 }
  ask(client, 1, { where: `auth.uid == doc.owner` })
  ask(client, 2, { where: `doc.room == 'a'` })
  await until(() => [1, 2].every(id => isLive(client, id)()), 'all are live')
  assert.deepEqual(
    client.rows(1).map(row => row.id),
    [first],
  )
  client.caller = { ...client.caller, uid: 'bob' }
  broker.rebind(client)
  await until(() => client.view(1).resets.length > 0 && isLive(client, 1)(), 'it is live again')
  assert.deepEqual(
    client.rows(1).map(row => row.id),
    [second],
  )
  assert.deepEqual(
    [1, 2].map(id => client.view(id).resets),
    [['auth'], []],
  )
})

test('R12 more documents than a subscription may hold is an error with a hint', async t => {
  const { db, ask } = await scene(t, { limits: { maxRows: 5 } })
  await db.query(sql`insert into app.item select gen_random_uuid(), 'a' from generate_series(1, 6)`)
  const client = new TestClient()
  ask(client, 1, {})
  ask(client, 2, { limit: 501 })
  ask(client, 3, { limit: 4 })
  await until(isLive(client, 3), 'the small one is live')
  await until(() => client.view(1).problem !== undefined, 'the large one is refused')
  assert.deepEqual(
    [1, 2].map(id => client.view(id).problem),
    ['realtime/too-large', 'realtime/too-large'],
  )
})

test('what is unsubscribed is heard no more, even while it is being read', async t => {
  const { db, stream, ask, broker } = await scene(t)
  const client = new TestClient()
  ask(client, 1, {})
  ask(client, 2, {})
  broker.unsubscribe(client, 1)
  await until(isLive(client, 2), 'the other one is live')
  broker.unsubscribe(client, 2)
  await put(db, { id: first })
  await stream.caughtUp()
  assert.equal(client.view(1).group, undefined)
  assert.equal(client.frames.filter(frame => frame.t === 'tx').length, 0)
  assert.equal(broker.count(client), 0)
})
