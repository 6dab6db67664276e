import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '../../kernel/db.ts'
import { sql } from '../../kernel/sql.ts'
import { first, isLive, put, scene, second, third } from './testing/broker-scene.ts'
import type { ItemQuestion } from './testing/item-query.ts'
import { TestClient } from './testing/test-client.ts'
import { until } from '../../testing/until.ts'

const where = 'db.member.exists(m, m.room == doc.room && m.uid == auth.uid)'
const auth = { uid: 'ann' }
const questions: readonly ItemQuestion[] = [
  { where, auth },
  { where, auth, byScore: 'asc', limit: 2 },
]
const join = (db: Pick<Database, 'query'>, room: string, uid = 'ann') =>
  db.query(sql`insert into app.member values (${room}, ${uid})`)
const leave = (db: Pick<Database, 'query'>, room: string, uid = 'ann') =>
  db.query(sql`delete from app.member where room = ${room} and uid = ${uid}`)
/** Last digits of the ids each subscription holds. */
const held = (client: TestClient) =>
  questions.map((_, id) => client.rows(id).map(row => row.id.at(-1)!)).map(ids => ids.join(''))
const holds = (client: TestClient, ids: string) =>
  until(
    () => questions.every((_, id) => isLive(client, id)()) && held(client).every(each => each === ids),
    `it holds ${ids}`,
  ).catch(() => assert.deepEqual(held(client), [ids, ids]))

/** A member of room a, where there is one item, with an unlimited subscription and a window. */
async function memberScene(...[t, options]: Parameters<typeof scene>) {
  const made = await scene(t, options)
  await join(made.db, 'a')
  await put(made.db, { id: first, room: 'a', score: 1 })
  const client = new TestClient()
  questions.forEach((question, id) => made.ask(client, id, question))
  await holds(client, '1')
  return { ...made, made, client }
}

test('R13 R19 who lags is told nothing that was found out meanwhile by what was', async t => {
  const { db, stream, broker, client } = await memberScene(t)
  client.isLagging = true
  await put(db, { id: second, room: 'a', score: 2 })
  await leave(db, 'a')
  await put(db, { id: third, room: 'a', score: 3 })
  await stream.caughtUp()
  const { length } = client.frames
  client.isLagging = false
  broker.drained(client)
  await holds(client, '')
  assert.deepEqual(client.view(0).resets, ['lookup'])
  assert.doesNotMatch(JSON.stringify(client.frames.slice(length)), /"room":"a"/)

  client.isLagging = true
  await join(db, 'b')
  await put(db, { id: second, room: 'b', score: 4 })
  await stream.caughtUp()
  client.isLagging = false
  broker.drained(client)
  await holds(client, '2')
})

test('R13 R19 who lags while others join misses only what was written', async t => {
  const { db, stream, broker, client } = await memberScene(t)
  client.isLagging = true
  await put(db, { id: second, room: 'a', score: 2 })
  await join(db, 'a', 'bob')
  await join(db, 'a')
  await stream.caughtUp()
  client.isLagging = false
  broker.drained(client)
  await holds(client, '12')
  assert.deepEqual(client.view(0).resets, [])
})

test('R8 R19 after a restart a cursor continues while the same is found', async t => {
  const { db, made, client } = await memberScene(t)
  const cursor = client.cursor(0, made.stream.epoch)
  await made.restart()
  await put(db, { id: second, room: 'a' })
  const again = new TestClient()
  made.ask(again, 0, questions[0]!, { since: cursor })
  await until(() => again.rows(0).length === 1, 'what was missed is told')
  assert.deepEqual([again.view(0).resets, again.rows(0)[0]!.id], [[], second])

  await made.restart()
  await leave(db, 'a')
  await join(db, 'b')
  await put(db, { id: third, room: 'b' })
  const last = new TestClient()
  made.ask(last, 0, questions[0]!, { since: cursor })
  await until(() => isLive(last, 0)() && last.rows(0).length === 1, 'it is read anew')
  assert.deepEqual([last.view(0).resets, last.rows(0)[0]!.id], [['lookup'], third])
})

test('R7 R19 a commit that does not tell who is a member has everything read anew', async t => {
  const { db, stream, client } = await memberScene(t, { config: { bulkRows: 50 } })
  await put(db, { id: second, room: 'b', score: 2 })
  await db.transaction(async tx => {
    await tx.query(sql`delete from app.member`)
    await tx.query(sql`insert into app.member select 'b', 'u' || n from generate_series(1, 60) n`)
    await tx.query(sql`insert into app.member values ('b', 'ann')`)
    await tx.query(sql`update app.item set score = 7`)
  })
  await stream.caughtUp()
  await holds(client, '2')
  assert.deepEqual(client.view(0).resets, ['lookup'])
  assert.deepEqual(client.view(1).resets, [])
  await leave(db, 'b')
  await holds(client, '')
})

test('I7 R19 a history that breaks forgets who is a member', async t => {
  const { db, stream, client } = await memberScene(t)
  const broken = new Promise<void>(done => stream.onBreak(done))
  await db.transaction(async tx => {
    await tx.query(sql`select pg_advisory_xact_lock(hashtext('cloudbox.stream'))`)
    await tx.query(sql`select pg_terminate_backend(active_pid, 5000) from pg_replication_slots
      where database = current_database()`)
    await tx.query(sql`select pg_drop_replication_slot(slot_name) from pg_replication_slots
      where database = current_database()`)
    await leave(tx, 'a')
    await join(tx, 'b')
  })
  await put(db, { id: second, room: 'b', score: 1 })
  await broken
  await holds(client, '2')
  await put(db, { id: third, room: 'a', score: 1 })
  await put(db, { id: first, room: 'b', score: 1 })
  await holds(client, '12')
})

test('I12 equal look-ups are one set, kept as long as somebody asks', async t => {
  const { db, stream, broker, ask, client } = await memberScene(t)
  const other = new TestClient()
  ask(other, 0, questions[0]!)
  await until(isLive(other, 0), 'it is live')
  broker.leave(client)
  await leave(db, 'a')
  await until(() => other.rows(0).length === 0, 'the other one hears of it')
  broker.leave(other)
  await join(db, 'a')
  await stream.caughtUp()
  const late = new TestClient()
  questions.forEach((question, id) => ask(late, id, question))
  await holds(late, '1')
})
