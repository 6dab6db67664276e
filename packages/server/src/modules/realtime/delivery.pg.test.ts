import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from '../../kernel/sql.ts'
import type { ServerFrame } from '@cloudbox/protocol/realtime'
import type { CompileLive } from './definitions.ts'
import {
  byId,
  collectionsChanged,
  first,
  isLive,
  put,
  scene,
  second,
  third,
  writers,
} from './testing/broker-scene.ts'
import { askItems, itemCollection, itemQuery, type ItemQuestion } from './testing/item-query.ts'
import { TestClient, testEnvironment } from './testing/test-client.ts'
import { until } from '../../testing/until.ts'

/** What a subscription was told, frame by frame: operation and the last digit of the id, with the score. */
function told(client: TestClient, id: number): string[] {
  const { group } = client.view(id)
  return client.frames.flatMap(frame => {
    if (frame.t !== 'tx') return []
    const own = frame.c.filter(([, of]) => of === group)
    const words = own.map(
      ([op, , key, row]) => `${op}${key.at(-1)}${row === undefined ? '' : `=${String(row.score)}`}`,
    )
    return own.length === 0 ? [] : [words.join(' ')]
  })
}

const frames = <T extends ServerFrame['t']>(client: TestClient, kind: T) =>
  client.frames.filter((frame): frame is Extract<ServerFrame, { t: T }> => frame.t === kind)

test('R14 changes are held back and told together, and no cursor passes them', async t => {
  const { db, stream, broker, ask } = await scene(t)
  const client = new TestClient()
  ask(client, 1, {}, { coalesceMs: 300 })
  ask(client, 2, { byScore: 'asc', limit: 2 }, { coalesceMs: 300 })
  await until(() => [1, 2].every(id => isLive(client, id)()), 'all are live')
  const before = stream.lsn
  await put(db, { id: first, score: 1 })
  await put(db, { id: first, score: 2 })
  await put(db, { id: second, score: 3 })
  await put(db, { id: third, score: 1 })
  await db.query(sql`delete from app.item where id = ${second}`)
  await stream.caughtUp()
  assert.deepEqual([told(client, 1), told(client, 2)], [[], []])
  const [commit] = (await stream.since(before))!
  assert.ok(broker.position(client) < commit!.lsn, 'the cursor waits, too')
  await until(() => told(client, 1).length > 0 && told(client, 2).length > 0, 'it is told')
  assert.deepEqual(told(client, 1), ['+1=2 +3=1'])
  assert.deepEqual(told(client, 2), ['+3=1 +1=2'])
  assert.equal(broker.position(client), stream.lsn)
})

test('R14 who joins while changes are held back gets none of them twice', async t => {
  const { db, stream, ask } = await scene(t)
  const [early, late] = [new TestClient(), new TestClient()]
  const questions: readonly ItemQuestion[] = [{}, { byScore: 'asc', limit: 2 }]
  questions.forEach((question, id) => ask(early, id, question, { coalesceMs: 400 }))
  await until(() => isLive(early, 0)() && isLive(early, 1)(), 'all are live')
  await put(db, { id: first, score: 1 })
  await stream.caughtUp()
  questions.forEach((question, id) => ask(late, id, question, { coalesceMs: 400 }))
  await until(() => isLive(late, 0)() && isLive(late, 1)(), 'all are live')
  assert.equal(late.view(0).group, early.view(0).group)
  await db.query(sql`delete from app.item where id = ${first}`)
  await put(db, { id: second, score: 5 })
  await stream.caughtUp()
  await until(
    () => [early, late].every(client => [0, 1].every(id => told(client, id).length > 0)),
    'all are told',
  )
  for (const id of [0, 1]) {
    assert.deepEqual(told(early, id), ['+2=5'])
    assert.deepEqual(told(late, id), ['-1 +2=5'])
  }
  await put(db, { id: third, score: 4 })
  await until(
    () => [early, late].every(client => [0, 1].every(id => told(client, id).length > 1)),
    'all are told',
  )
  assert.deepEqual(told(late, 0).slice(1), ['+3=4'])
  assert.deepEqual(told(late, 1).slice(1), ['+3=4'])
})

test('R7 R14 a bulk change resets all of a group that holds changes back', async t => {
  const { db, stream, ask } = await scene(t, { config: { bulkRows: 50 } })
  const [early, late] = [new TestClient(), new TestClient()]
  ask(early, 1, {}, { coalesceMs: 60_000 })
  await until(isLive(early, 1), 'it is live')
  await put(db, { id: first, score: 1 })
  await stream.caughtUp()
  ask(late, 1, {}, { coalesceMs: 60_000 })
  await until(isLive(late, 1), 'it is live')
  await db.query(
    sql`insert into app.item (id, score) select gen_random_uuid(), 7 from generate_series(1, 60)`,
  )
  for (const client of [early, late])
    await until(() => client.view(1).resets.join() === 'bulk' && isLive(client, 1)(), 'it is reset')
})

test('R15 lossless tells every change of every commit, also what was missed', async t => {
  const { db, stream, broker, ask } = await scene(t)
  const client = new TestClient()
  ask(client, 1, {}, { isLossless: true })
  await until(isLive(client, 1), 'it is live')
  await put(db, { id: first, score: 1 })
  await db.transaction(async tx => {
    await tx.query(sql`update app.item set score = 2`)
    await tx.query(sql`update app.item set score = 3`)
  })
  await stream.caughtUp()
  assert.deepEqual(told(client, 1), ['+1=1', '~1=2 ~1=3'])
  const cursor = client.cursor(1, stream.epoch)
  broker.leave(client)
  await put(db, { id: second, score: 4 })
  await put(db, { id: second, score: 5 })
  await db.query(sql`delete from app.item where id = ${second}`)
  const again = new TestClient()
  ask(again, 1, {}, { isLossless: true, since: cursor })
  await put(db, { id: third, score: 6 })
  await stream.caughtUp()
  await until(() => told(again, 1).length === 4, 'all is told')
  assert.deepEqual(told(again, 1), ['+2=4', '~2=5', '-2', '+3=6'])
  assert.deepEqual([again.view(1).resets, frames(again, 'snap')], [[], []])
})

test('R15 what cannot be lossless is refused, and a lost past is said to be', async t => {
  const { db, stream, broker, ask } = await scene(t, { config: { windowBytes: 300, bulkRows: 50 } })
  const client = new TestClient()
  ask(client, 1, { limit: 5 }, { isLossless: true })
  ask(client, 2, {}, { isLossless: true, coalesceMs: 100 })
  const old = { epoch: stream.epoch, lsn: stream.lsn }
  for (const id of [first, second, third]) await put(db, { id, room: 'x'.repeat(200) })
  await stream.caughtUp()
  ask(client, 3, {}, { isLossless: true, since: old })
  await until(isLive(client, 3), 'it is live')
  assert.deepEqual(
    [1, 2, 3].map(id => client.view(id).problem),
    ['realtime/not-lossless', 'realtime/not-lossless', undefined],
  )
  assert.deepEqual([client.view(3).resets, client.rows(3).length], [['gap'], 3])
  client.isLagging = true
  await db.query(sql`insert into app.item select gen_random_uuid(), 'a' from generate_series(1, 60)`)
  await stream.caughtUp()
  assert.deepEqual(client.view(3).resets, ['gap'], 'a reset has to wait, too')
  client.isLagging = false
  broker.drained(client)
  await until(() => client.rows(3).length === 63, 'it is read anew')
  assert.deepEqual(client.view(3).resets, ['gap', 'bulk'])
})

test('R13 who lags gets nothing, and then what it has missed: the net, or every commit', async t => {
  const { db, stream, broker, ask } = await scene(t)
  const [slow, quick] = [new TestClient(), new TestClient()]
  for (const client of [slow, quick]) {
    ask(client, 1, {})
    ask(client, 2, {}, { isLossless: true })
    ask(client, 3, { byScore: 'asc', limit: 2 })
  }
  await until(
    () => [slow, quick].every(client => [1, 2, 3].every(id => isLive(client, id)())),
    'all are live',
  )
  const { lsn } = stream
  slow.isLagging = true
  for (const score of [1, 2, 3]) await put(db, { id: first, score })
  await put(db, { id: second, score: 2 })
  await stream.caughtUp()
  assert.equal(frames(slow, 'tx').length, 0)
  assert.equal(told(quick, 2).length, 4)
  assert.ok(broker.position(slow) < (await stream.since(lsn))![0]!.lsn)
  slow.isLagging = false
  broker.drained(slow)
  await until(() => [1, 2, 3].every(id => told(slow, id).length > 0), 'all is made up for')
  assert.deepEqual(told(slow, 1), ['+1=3 +2=2'])
  assert.deepEqual(told(slow, 2), ['+1=1', '~1=2', '~1=3', '+2=2'])
  assert.deepEqual(told(slow, 3), ['+2=2 +1=3'])
  assert.deepEqual(
    [1, 2, 3].flatMap(id => slow.view(id).resets),
    [],
  )
  assert.equal(broker.position(slow), stream.lsn)
  await put(db, { id: third, score: 0 })
  await stream.caughtUp()
  assert.deepEqual(
    [1, 2, 3].map(id => told(slow, id).at(-1)),
    ['+3=0', '+3=0', '-1 +3=0'],
  )
})

test('R13 who lags for too long is reset, and told why', async t => {
  const { db, stream, broker, ask } = await scene(t, { config: { windowBytes: 300 } })
  const client = new TestClient()
  ask(client, 1, {})
  ask(client, 2, {}, { isLossless: true })
  await until(() => [1, 2].every(id => isLive(client, id)()), 'all are live')
  client.isLagging = true
  for (const id of [first, second, third]) await put(db, { id, room: 'x'.repeat(200) })
  await stream.caughtUp()
  client.isLagging = false
  broker.drained(client)
  await until(
    () => [1, 2].every(id => client.view(id).resets.length > 0 && isLive(client, id)()),
    'all are live again',
  )
  assert.deepEqual(
    [1, 2].map(id => [client.view(id).resets, client.rows(id).length]),
    [
      [['slow'], 3],
      [['gap'], 3],
    ],
  )
})

test('R10 a changed policy pauses coalesced, lossless and slow subscriptions at its place', async t => {
  let current = itemCollection(1)
  const compile: CompileLive = (_environment, _caller, { queryText }) => {
    const question = JSON.parse(queryText!) as ItemQuestion
    const policy = current.policies.get('list')!.text
    return itemQuery({ ...question, where: `(${policy}) && (${question.where ?? 'true'})` }, current)
  }
  const { db, stream, broker, ask } = await scene(t, { compile })
  const client = new TestClient()
  /** The first three ask the same after the change, the others do not. */
  const kept = { where: `doc.room == 'a'` }
  ask(client, 1, kept)
  ask(client, 2, kept, { isLossless: true })
  ask(client, 3, kept, { coalesceMs: 60_000 })
  ask(client, 4, {}, { isLossless: true })
  ask(client, 5, {}, { coalesceMs: 60_000 })
  ask(client, 6, { byScore: 'asc', limit: 3 }, { coalesceMs: 60_000 })
  const all = [1, 2, 3, 4, 5, 6]
  await until(() => all.every(id => isLive(client, id)()), 'all are live')
  await put(db, { id: first, room: 'a', score: 1 })
  await db.transaction(tx =>
    tx.emit(collectionsChanged, { environmentId: testEnvironment.id, names: ['item'] }),
  )
  await put(db, { id: second, room: 'hidden', score: 2 })
  await put(db, { id: third, room: 'a', score: 3 })
  await stream.caughtUp()
  const { lsn } = stream
  assert.doesNotMatch(JSON.stringify(client.frames), /hidden/)
  current = itemCollection(2, `doc.room != 'hidden'`)
  await until(() => broker.position(client) >= lsn && all.every(id => isLive(client, id)()), 'all go on')
  assert.deepEqual(
    all.map(id => client.view(id).resets.join()),
    ['', '', '', 'policy', 'policy', 'policy'],
  )
  for (const id of all)
    assert.deepEqual(
      client.rows(id).map(row => row.id),
      [first, third],
      String(id),
    )
  assert.doesNotMatch(JSON.stringify(client.frames), /hidden/)
  assert.deepEqual(told(client, 2), ['+3=3'], 'each commit in a frame of its own')
})

test('R11 another caller is bound anew in every mode', async t => {
  const compile: CompileLive = (_environment, caller, { queryText }) => {
    const auth = caller.kind === 'user' ? { uid: caller.uid } : {}
    return itemQuery({ ...(JSON.parse(queryText!) as ItemQuestion), auth })
  }
  const { db, stream, broker, ask } = await scene(t, { compile })
  await put(db, { id: first, owner: 'ann' })
  await put(db, { id: second, owner: 'bob' })
  const client = new TestClient()
  client.caller = { kind: 'user', uid: 'ann', claims: {}, expiresAtMs: 0 }
  const hers = { where: `auth.uid == doc.owner` }
  ask(client, 1, hers, { isLossless: true })
  ask(client, 2, hers, { coalesceMs: 60_000 })
  ask(client, 3, { where: `doc.score == 1` }, { coalesceMs: 100 })
  await until(() => [1, 2, 3].every(id => isLive(client, id)()), 'all are live')
  await put(db, { id: third, owner: 'ann', score: 1 })
  await stream.caughtUp()
  client.caller = { ...client.caller, uid: 'bob' }
  broker.rebind(client)
  await until(
    () => [1, 2].every(id => client.view(id).resets.length > 0 && isLive(client, id)()),
    'all are live again',
  )
  await until(() => client.rows(3).length === 1, 'what was held back arrives')
  assert.deepEqual(
    [1, 2, 3].map(id => [client.view(id).resets.join(), client.rows(id).map(row => row.id)]),
    [
      ['auth', [second]],
      ['auth', [second]],
      ['', [third]],
    ],
  )
  assert.equal(broker.position(client), stream.lsn, 'nothing is held back for who has left')
})

test('R16 passed comes after everything of a commit, whatever had to wait', async t => {
  const { db, stream, broker, ask } = await scene(t)
  const client = new TestClient()
  ask(client, 1, {})
  ask(client, 2, {}, { coalesceMs: 200 })
  await until(() => [1, 2].every(id => isLive(client, id)()), 'all are live')
  const write = async (id: string) => {
    const [row] = await db.query<{ xid: string }>(
      sql`insert into app.item (id) values (${id}) returning pg_current_xact_id()::text as xid`,
    )
    return row!.xid
  }
  const commit = await write(first)
  broker.await(client, commit)
  await until(() => frames(client, 'passed').length === 1, 'it has passed')
  const at = client.frames.findIndex(({ t }) => t === 'passed')
  assert.equal(client.frames.slice(0, at).filter(({ t }) => t === 'tx').length, 2, 'after both were told')
  assert.deepEqual(
    frames(client, 'passed').map(frame => frame.commit),
    [commit],
  )

  client.isLagging = true
  const later = await write(second)
  await stream.caughtUp()
  broker.await(client, later)
  await stream.caughtUp()
  assert.equal(frames(client, 'passed').length, 1, 'not while it lags')
  client.isLagging = false
  broker.drained(client)
  await until(() => frames(client, 'passed').length === 2, 'it has passed')
  assert.equal(client.rows(1).length, 2)
  assert.equal(client.rows(2).length, 2)
})

test('R16 a commit that changed nothing passes; one that never was is refused', async t => {
  const { db, broker } = await scene(t)
  const client = new TestClient()
  const [empty] = await db.query<{ xid: string }>(sql`select pg_current_xact_id()::text as xid`)
  let rolledBack = ''
  await db
    .transaction(async tx => {
      const [row] = await tx.query<{ xid: string }>(sql`select pg_current_xact_id()::text as xid`)
      rolledBack = row!.xid
      throw new Error('on purpose')
    })
    .catch(() => {})
  const bad = [rolledBack, '999999999999999', 'nonsense', '-1', '']
  for (const commit of [empty!.xid, '3', ...bad]) broker.await(client, commit)
  await until(() => client.frames.length === 7, 'each is answered')
  assert.deepEqual(new Set(frames(client, 'passed').map(frame => frame.commit)), new Set([empty!.xid, '3']))
  assert.deepEqual(new Set(frames(client, 'err').map(frame => frame.commit)), new Set(bad))
  for (const { problem } of frames(client, 'err')) assert.equal(problem.code, 'realtime/unknown-commit')
  client.frames.length = 0
  for (let i = 0; i <= 100; i++) broker.await(client, empty!.xid)
  await until(() => client.frames.length === 101, 'each is answered')
  assert.deepEqual(
    frames(client, 'err').map(frame => frame.problem.code),
    ['realtime/too-many-awaits'],
  )
})

test('R1 R13 R14 R15 whoever lags, joins and waits as it comes, ends as the fresh answer', async t => {
  const { db, stream, broker, ask } = await scene(t)
  const stop = writers(db, 4)
  const questions: readonly ItemQuestion[] = [
    {},
    { where: `doc.room == 'a'` },
    { byScore: 'desc', limit: 7 },
    { where: `doc.open`, byScore: 'asc', limit: 20 },
  ]
  const modes = [{}, { coalesceMs: 30 }, { coalesceMs: 70 }, { isLossless: true }]
  const cast: { client: TestClient; question: ItemQuestion }[] = []
  for (let round = 0; round < 120; round++) {
    const question = questions[round % 4]!
    const mode = modes[Math.floor(round / 4) % 4]!
    const client = new TestClient()
    if (!('isLossless' in mode) || question.limit === undefined) {
      cast.push({ client, question })
      ask(client, 1, question, mode)
    }
    const other = cast[Math.floor(Math.random() * cast.length)]!.client
    other.isLagging = !other.isLagging
    if (!other.isLagging) broker.drained(other)
    await new Promise(done => setTimeout(done, Math.random() * 15))
  }
  await stop()
  await stream.caughtUp()
  for (const { client } of cast) {
    client.isLagging = false
    broker.drained(client)
  }
  await until(
    () => cast.every(({ client }) => isLive(client, 1)() && broker.position(client) === stream.lsn),
    'all are at the end',
  )
  for (const { client, question } of cast) {
    const expected = byId(await askItems(db, question))
    await until(() => client.rows(1).length === expected.length, 'the windows are full')
    assert.deepEqual(client.rows(1), expected, JSON.stringify(question))
    assert.deepEqual(client.view(1).resets, [])
  }
})
