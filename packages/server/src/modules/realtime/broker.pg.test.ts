import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { dataProblems } from '@cloudbox/protocol/data'
import { defineEvent } from '../../kernel/events.ts'
import { createLog } from '../../kernel/log.ts'
import type { Database } from '../../kernel/db.ts'
import { Problem } from '../../kernel/problem.ts'
import { sql } from '../../kernel/sql.ts'
import { openChangeStream, type OpenedStream } from '../../kernel/stream/open.ts'
import type { StreamConfig } from '../../kernel/stream/stream-config.ts'
import { testDatabase } from '../../testing/test-database.ts'
import { Broker } from './broker.ts'
import type { CollectionsChange, CompileLive } from './definitions.ts'
import {
  askItems,
  itemCollection,
  itemQuery,
  makeItems,
  type Item,
  type ItemQuestion,
} from './testing/item-query.ts'
import { TestClient, testEnvironment, until } from './testing/test-client.ts'

const collectionsChanged = defineEvent<CollectionsChange>('data.collections-changed')
const log = createLog('warn', line => process.stderr.write(`${line}\n`))
const limits = { maxRows: 10_000, maxWindow: 500, concurrentSnapshots: 4 }

/** The test's questions travel as the text of the query. */
const compileItems: CompileLive = (_environment, _caller, { queryText }) =>
  itemQuery(JSON.parse(queryText!) as ItemQuestion)

interface Scene {
  readonly db: Database
  stream: OpenedStream
  broker: Broker
  ask(client: TestClient, id: number, question: ItemQuestion, since?: { epoch: string; lsn: string }): void
  restart(): Promise<void>
}

async function scene(
  t: TestContext,
  options: { config?: Partial<StreamConfig>; compile?: CompileLive; limits?: Partial<typeof limits> } = {},
): Promise<Scene> {
  // What is registered first is done first: the stream has to end before its database is dropped.
  const afterwards: (() => Promise<void>)[] = []
  t.after(async () => {
    scene.broker.close()
    await scene.stream.close()
    for (const work of afterwards) await work()
  })
  const { db } = await testDatabase({ after: work => void afterwards.push(work) })
  await makeItems(db)
  const start = async () => {
    const stream = await openChangeStream({ db, log, config: options.config ?? {} })
    const broker = new Broker({
      stream,
      db,
      log,
      definitions: {
        compile: options.compile ?? compileItems,
        readChange: (event, payload) =>
          event === collectionsChanged.name ? (payload as CollectionsChange) : undefined,
        patienceMs: 8000,
      },
      config: { ...limits, ...options.limits },
    })
    return { stream, broker }
  }
  const scene: Scene = {
    db,
    ...(await start()),
    ask: (client, id, question, since) =>
      scene.broker.subscribe(client, id, { collection: 'item', queryText: JSON.stringify(question) }, since),
    restart: async () => {
      scene.broker.close()
      await scene.stream.close()
      Object.assign(scene, await start())
    },
  }
  return scene
}

function put(db: Database, item: Partial<Item> & { id: string }): Promise<unknown> {
  const { id, room = null, owner = null, score = null, open = null, tags = null } = item
  return db.query(sql`insert into app.item values (${id}, ${room}, ${owner}, ${score}, ${open}, ${tags})
    on conflict (id) do update set room = excluded.room, owner = excluded.owner, score = excluded.score,
      open = excluded.open, tags = excluded.tags`)
}

const isLive = (client: TestClient, id: number) => () => client.view(id).group !== undefined
const byId = (items: readonly Item[]) => [...items].sort((a, b) => (a.id < b.id ? -1 : 1))
const [first, second, third] = Array.from(
  { length: 3 },
  (_, i) => `00000000-0000-4000-8000-00000000000${i + 1}`,
) as [string, string, string]

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

/** Writers that change some hundred documents at random until they are stopped. */
function writers(db: Database, count: number): () => Promise<void> {
  const ids = Array.from({ length: 120 }, () => randomUUID())
  const pick = <T>(from: readonly T[]) => from[Math.floor(Math.random() * from.length)]!
  let isStopped = false
  const random = () => ({
    id: pick(ids),
    room: pick(['a', 'b', 'c', null]),
    owner: pick(['ann', 'bob']),
    score: pick([1, 2, 3, 4, 5, 6, 7, 8, null]),
    open: pick([true, false, null]),
    tags: pick([null, ['x'], ['x', 'y'], []]),
  })
  const write = async () => {
    while (!isStopped) {
      const item = random()
      const kind = Math.random()
      if (kind < 0.7) await put(db, item)
      else if (kind < 0.9) await db.query(sql`delete from app.item where id = ${item.id}`)
      else
        await db
          .transaction(async tx => {
            await tx.script('savepoint s')
            await tx.query(sql`update app.item set room = ${item.room} where score = ${item.score}`)
            await tx.query(sql`delete from app.item where id = ${item.id}`)
            if (kind > 0.97) throw new Error('rolled back on purpose')
          })
          // Two of them may wait for each other's rows; Postgres ends one.
          .catch(() => {})
    }
  }
  const all = Array.from({ length: count }, write)
  return async () => {
    isStopped = true
    await Promise.all(all)
  }
}

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
    scenery.ask(resumed, 1, question, cursor)
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

test('R7 R8 a cursor older than the window, of another history, or of a window of rows is reset', async t => {
  const { db, stream, ask } = await scene(t, { config: { windowBytes: 300 } })
  const old = { epoch: stream.epoch, lsn: stream.lsn }
  for (const id of [first, second, third]) await put(db, { id, room: 'x'.repeat(200) })
  await stream.caughtUp()
  const now = { epoch: stream.epoch, lsn: stream.lsn }
  const client = new TestClient()
  ask(client, 1, {}, old)
  ask(client, 2, {}, { ...now, epoch: 'another' })
  ask(client, 3, { limit: 2 }, now)
  ask(client, 4, {}, now)
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
  const [commit] = stream.since(client.view(1).lsn)!
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

test('R13 a receiver that lags gets nothing until it is started anew', async t => {
  const { db, stream, ask, broker } = await scene(t)
  const client = new TestClient()
  ask(client, 1, {})
  ask(client, 2, { limit: 10 })
  await until(() => [1, 2].every(id => isLive(client, id)()), 'all are live')
  client.isLagging = true
  await put(db, { id: first })
  await stream.caughtUp()
  assert.equal(client.frames.filter(frame => frame.t === 'tx').length, 0)
  client.isLagging = false
  broker.restart(client)
  await until(() => [1, 2].every(id => isLive(client, id)()), 'all are live again')
  assert.deepEqual(
    [1, 2].map(id => [client.view(id).resets, client.rows(id).length]),
    [
      [['slow'], 1],
      [['slow'], 1],
    ],
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
