import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { test, type TestContext } from 'node:test'
import { sql } from '../../kernel/sql.ts'
import { scene, isLive, put, type Scene } from './testing/broker-scene.ts'
import { itemQuery, type ItemQuestion } from './testing/item-query.ts'
import { TestClient } from './testing/test-client.ts'
import { until } from '../../testing/until.ts'

const window = { byScore: 'asc', limit: 2 } as const
const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** A scene in which windows are read only while the gate is open. */
async function gatedScene(t: TestContext): Promise<Scene & { shut(): void; open(): void }> {
  let gate = Promise.withResolvers<void>()
  gate.resolve()
  const it = await scene(t, {
    compile: (_environment, _caller, { queryText }) => {
      const query = itemQuery(JSON.parse(queryText!) as ItemQuestion)
      const snapshot: typeof query.snapshot = async (tx, rows) => {
        if (query.limit !== undefined) await gate.promise
        return query.snapshot(tx, rows)
      }
      return { ...query, snapshot }
    },
  })
  t.after(() => gate.resolve())
  for (let n = 1; n <= 20; n++) await put(it.db, { id: idOf(n), score: n })
  await it.stream.caughtUp()
  return Object.assign(it, {
    shut: () => {
      gate = Promise.withResolvers()
    },
    open: () => gate.resolve(),
  })
}

/** Runs statements as one commit and waits until the broker has heard it; its token and its place. */
async function commit({ db, stream }: Scene, text: string): Promise<{ token: string; lsn: string }> {
  const token = await db.transaction(async tx => {
    await tx.script(text)
    const [row] = await tx.query<{ xid: string }>(sql`select pg_current_xact_id()::text as xid`)
    return row!.xid
  })
  await stream.caughtUp()
  return { token, lsn: stream.lsn }
}

const emptyAndFill = `truncate app.item; insert into app.item (id, score) values ('${idOf(50)}', 50)`
const passed = ({ frames }: TestClient) => frames.filter(({ t }) => t === 'passed').length
const ids = (client: TestClient) => client.rows(1).map(({ id }) => id)

async function waitsFor({ broker }: Scene, client: TestClient, token: string): Promise<void> {
  broker.await(client, token)
  await setImmediate()
}

for (const [what, text, rows] of [
  ['frozen', emptyAndFill, [idOf(50)]],
  ['short', 'delete from app.item where score <= 11', [idOf(12), idOf(13)]],
] as const) {
  test(`R9 R16 nothing is told as passed while a window is ${what}`, async t => {
    const it = await gatedScene(t)
    const client = new TestClient()
    it.ask(client, 1, window)
    await until(isLive(client, 1), 'it is live')
    it.shut()
    const { token, lsn } = await commit(it, text)
    await waitsFor(it, client, token)
    assert.ok(it.broker.position(client) < lsn, 'sync stays behind')
    assert.equal(it.broker.isCursor(client, lsn), false)
    assert.equal(passed(client), 0)
    it.open()
    await until(() => passed(client) === 1, 'the commit has passed')
    assert.deepEqual(ids(client), rows)
    assert.ok(it.broker.position(client) >= lsn)
  })
}

test('R1 nobody is shown a short window as the answer', async t => {
  const it = await gatedScene(t)
  const [early, late] = [new TestClient(), new TestClient()]
  it.ask(early, 1, window)
  await until(isLive(early, 1), 'it is live')
  it.shut()
  await commit(it, 'delete from app.item where score <= 11')
  it.ask(late, 1, window)
  await setImmediate()
  assert.equal(isLive(late, 1)(), false)
  it.open()
  await until(isLive(late, 1), 'the other one is live')
  assert.deepEqual(ids(late), [idOf(12), idOf(13)])
})

test('R14 what is held back of a frozen window is told when it is known again, and not before', async t => {
  const it = await gatedScene(t)
  const [client, other] = [new TestClient(), new TestClient()]
  const how = { coalesceMs: 20 }
  it.ask(client, 1, window, how)
  it.ask(other, 1, {}, how)
  await until(() => isLive(client, 1)() && isLive(other, 1)(), 'both are live')
  it.shut()
  await it.db.transaction(async tx => {
    await tx.script(`update app.item set room = 'a' where score = 1`)
  })
  const { token, lsn } = await commit(it, emptyAndFill)
  const frames = client.frames.length
  await until(() => other.view(1).resets.length === 1 && isLive(other, 1)(), 'the other one has it all')
  await put(it.db, { id: idOf(51), score: 51 })
  // Its timer began later than the window's.
  await until(() => other.rows(1).length === 2, 'the other one is told')
  await waitsFor(it, client, token)
  assert.ok(
    client.frames.slice(frames).every(({ t }) => t !== 'tx'),
    'no row of before the truncate is told after it',
  )
  assert.equal(passed(client), 0)
  assert.ok(it.broker.position(client) < lsn)
  it.open()
  await until(() => passed(client) === 1, 'the commit has passed')
  assert.deepEqual(ids(client), [idOf(50), idOf(51)])
})

test('R14 R16 a window that was read anew has not been told while its difference is held back', async t => {
  const it = await gatedScene(t)
  const client = new TestClient()
  it.ask(client, 1, window, { coalesceMs: 60_000 })
  await until(isLive(client, 1), 'it is live')
  const { token, lsn } = await commit(it, emptyAndFill)
  const [subscription] = it.broker.subscriptions(client)
  await until(() => subscription!.group!.isFrozen === false, 'it has been read anew')
  await waitsFor(it, client, token)
  assert.ok(it.broker.position(client) < lsn)
  assert.equal(passed(client), 0)
})

test('R13 who is slow while a window is read anew has not been told what it missed', async t => {
  const it = await gatedScene(t)
  const client = new TestClient()
  it.ask(client, 1, window)
  await until(isLive(client, 1), 'it is live')
  it.shut()
  client.isLagging = true
  const { lsn } = await commit(it, emptyAndFill)
  it.open()
  const [subscription] = it.broker.subscriptions(client)
  await until(() => subscription!.stage === 'behind', 'it has fallen behind')
  assert.ok(it.broker.position(client) < lsn)
  client.isLagging = false
  it.broker.drained(client)
  await until(() => ids(client).join() === idOf(50), 'it has been told')
  assert.ok(it.broker.position(client) >= lsn)
})
