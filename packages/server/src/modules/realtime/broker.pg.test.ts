import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '../../kernel/sql.ts'
import { byId, first, isLive, put, scene, second, third, writers } from './testing/broker-scene.ts'
import { askItems, type ItemQuestion } from './testing/item-query.ts'
import { TestClient } from './testing/test-client.ts'
import { until } from '../../testing/until.ts'

test('R1 R2 R4 a subscription starts with its rows and hears what enters, changes and leaves', async t => {
  const { db, stream, ask } = await scene(t)
  await put(db, { id: first, room: 'a', score: 1 })
  await put(db, { id: second, room: 'b' })
  const client = new TestClient()
  ask(client, 7, { where: `doc.room == 'a'` })
  await until(isLive(client, 7), 'it is live')
  assert.deepEqual(
    client.frames.map(frame => frame.t),
    ['snap', 'live'],
  )
  assert.deepEqual(
    client.rows(7).map(row => row.id),
    [first],
  )

  await put(db, { id: second, room: 'a' })
  await put(db, { id: first, room: 'a', score: 2 })
  await db.query(sql`update app.item set id = ${third} where id = ${second}`)
  await put(db, { id: first, room: 'c' })
  await db.query(sql`delete from app.item where id = ${third}`)
  await put(db, { id: second, room: 'elsewhere' })
  await stream.caughtUp()
  const group = client.view(7).group!
  const changes = client.frames.flatMap(frame =>
    frame.t === 'tx' ? [frame.c.map(change => change.slice(0, 3))] : [],
  )
  assert.deepEqual(changes, [
    [['+', group, second]],
    [['~', group, first]],
    [
      ['-', group, second],
      ['+', group, third],
    ],
    [['-', group, first]],
    [['-', group, third]],
  ])
})

test('R3 one commit is one frame over all subscriptions of a connection', async t => {
  const { db, stream, ask } = await scene(t)
  const client = new TestClient()
  ask(client, 1, { where: `doc.room == 'a'` })
  ask(client, 2, { where: `doc.score > 5` })
  ask(client, 3, { where: `doc.room == 'b'` })
  await until(() => [1, 2, 3].every(id => isLive(client, id)()), 'all are live')
  await db.transaction(async tx => {
    await tx.query(sql`insert into app.item values (${first}, 'a', null, 9, null, null)`)
    await tx.query(sql`insert into app.item values (${second}, 'b', null, 1, null, null)`)
    await tx.query(sql`update app.item set room = 'a' where id = ${second}`)
  })
  await stream.caughtUp()
  assert.equal(client.frames.filter(frame => frame.t === 'tx').length, 1)
  assert.deepEqual(
    [1, 2, 3].map(id => client.rows(id).map(row => row.id)),
    [[first, second], [first], []],
  )
})

test('R5 a row is sent only while policy and filter are true of that version of it', async t => {
  const { db, stream, ask } = await scene(t)
  const client = new TestClient()
  ask(client, 1, { where: `auth.uid == doc.owner && doc.open`, auth: { uid: 'ann' } })
  await until(isLive(client, 1), 'it is live')
  await put(db, { id: first, owner: 'bob', open: true, room: 'secret one' })
  await put(db, { id: first, owner: 'ann', open: false, room: 'secret two' })
  await put(db, { id: first, owner: 'ann', open: true, room: 'hers' })
  await put(db, { id: first, owner: 'bob', open: true, room: 'secret three' })
  await stream.caughtUp()
  assert.doesNotMatch(JSON.stringify(client.frames), /secret/)
  assert.match(JSON.stringify(client.frames), /hers/)
  assert.deepEqual(client.rows(1), [])
})

test('I3 equal questions of many connections are one group and one frame', async t => {
  const { db, stream, ask } = await scene(t)
  const clients = Array.from({ length: 5 }, () => new TestClient())
  clients.forEach((client, i) =>
    ask(client, i, {
      where: i % 2 ? `doc.room == 'a' && doc.score > 1` : `doc.score > 1 && doc.room == 'a'`,
    }),
  )
  await until(() => clients.every((client, i) => isLive(client, i)()), 'all are live')
  assert.equal(new Set(clients.map((client, i) => client.view(i).group)).size, 1)
  await put(db, { id: first, room: 'a', score: 2 })
  await stream.caughtUp()
  for (const [i, client] of clients.entries())
    assert.deepEqual(
      client.rows(i).map(row => row.id),
      [first],
    )
})

const questions: readonly ItemQuestion[] = [
  {},
  { where: `doc.room == 'a'` },
  { where: `doc.room in ['a', 'b'] && doc.open` },
  { where: `doc.score > 4 || 'y' in doc.tags` },
  { where: `auth.uid == doc.owner && doc.score <= 3`, auth: { uid: 'ann' } },
  { where: `!(doc.room == 'c')` },
  { byScore: 'desc', limit: 5 },
  { byScore: 'asc', limit: 30, where: `doc.room == 'a'` },
  { limit: 3, where: `doc.open` },
  { byScore: 'desc', limit: 500 },
]

test('R1 R6 under concurrent writers every subscription, whenever it begins, ends as the fresh answer', async t => {
  const { db, stream, ask } = await scene(t)
  const stop = writers(db, 6)
  const clients: { client: TestClient; question: ItemQuestion }[] = []
  for (let round = 0; round < 60; round++) {
    const question = questions[round % questions.length]!
    const client = new TestClient()
    clients.push({ client, question })
    ask(client, 1, question)
    await new Promise(done => setTimeout(done, Math.random() * 40))
  }
  await until(() => clients.every(({ client }) => isLive(client, 1)()), 'all are live')
  await stop()
  await stream.caughtUp()
  // A window may just be being refilled.
  await until(async () => {
    for (const { client, question } of clients) {
      if (client.rows(1).length !== (await askItems(db, question)).length) return false
    }
    return true
  }, 'the windows are full')
  for (const { client, question } of clients)
    assert.deepEqual(client.rows(1), byId(await askItems(db, question)), JSON.stringify(question))
  assert.ok(
    clients.some(({ client }) => client.frames.length > 50),
    'there was something to hear',
  )
})

test('R8 R9 a client that breaks off anywhere and comes back with its cursor ends as the fresh answer', async t => {
  const scenery = await scene(t)
  const { db } = scenery
  const stop = writers(db, 4)
  const question = { where: `doc.room == 'a'` }
  const client = new TestClient()
  scenery.ask(client, 1, question)
  await until(isLive(client, 1), 'it is live')
  let resumed = client
  for (let round = 0; round < 8; round++) {
    await new Promise(done => setTimeout(done, 20 + Math.random() * 40))
    const cursor = resumed.cursor(1, scenery.stream.epoch)
    const rows = resumed.view(1).rows
    scenery.broker.leave(resumed)
    if (round % 4 === 3) await scenery.restart()
    resumed = new TestClient()
    resumed.view(1).rows = rows
    scenery.ask(resumed, 1, question, { since: cursor })
    await until(isLive(resumed, 1), 'it is live again')
    assert.deepEqual(
      resumed.frames.filter(frame => frame.t === 'snap' || frame.t === 'reset'),
      [],
    )
  }
  await stop()
  await scenery.stream.caughtUp()
  assert.deepEqual(resumed.rows(1), byId(await askItems(db, question)))
})
