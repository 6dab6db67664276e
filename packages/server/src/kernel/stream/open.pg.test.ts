import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { testDatabase } from '../../testing/test-database.ts'
import type { Database } from '../db.ts'
import { defineEvent } from '../events.ts'
import { createLog } from '../log.ts'
import { sql } from '../sql.ts'
import type { RowChange, StreamChange, Transaction } from '../stream.ts'
import { openChangeStream, type OpenedStream } from './open.ts'
import { StreamStartError } from './slot.ts'
import type { StreamConfig } from './stream-config.ts'

const log = createLog('silent', () => {})
const noted = defineEvent<{ id: number }>('test.thing-noted')

async function open(t: TestContext, db: Database, config: Partial<StreamConfig> = {}): Promise<OpenedStream> {
  const stream = await openChangeStream({ db, log, config })
  t.after(() => stream.close())
  await stream.ready
  return stream
}

function record(stream: OpenedStream): Transaction[] {
  const heard: Transaction[] = []
  stream.listen(transaction => heard.push(transaction))
  return heard
}

async function makeTable(db: Database): Promise<void> {
  await db.transaction(tx =>
    tx.script('create table note (id int primary key, body text); alter table note replica identity full'),
  )
}

/** A row change as an object of column names, to compare with. */
function named(change: StreamChange): unknown {
  if (change.kind === 'event') return { event: change.name, payload: change.payload }
  if (change.kind === 'truncate' || change.kind === 'bulk') return { [change.kind]: change.table.name }
  const object = (row: RowChange['new']) =>
    row && Object.fromEntries(row.map((value, i) => [change.table.columns[i]!.name, value]))
  return { [change.kind]: object(change.new) ?? null, old: object(change.old) ?? null }
}

async function killWalsender(db: Database): Promise<void> {
  await db.query(sql`select pg_terminate_backend(active_pid) from pg_replication_slots
    where database = current_database() and active_pid is not null`)
}

const ids = (transactions: readonly Transaction[]) =>
  transactions.flatMap(tx => tx.changes.map(change => Number((change as RowChange).new?.[0])))

test('every kind of change arrives, in order and transaction by transaction', async t => {
  const { db } = await testDatabase(t)
  await makeTable(db)
  const stream = await open(t, db)
  const heard = record(stream)
  await db.query(sql`insert into note values (1, 'one'), (2, null)`)
  await db.transaction(async tx => {
    await tx.query(sql`update note set body = 'uno' where id = 1`)
    await tx.emit(noted, { id: 1 })
    await tx.query(sql`delete from note where id = 2`)
  })
  await db.query(sql`truncate note`)
  await stream.caughtUp()
  assert.deepEqual(
    heard.map(tx => tx.changes.map(named)),
    [
      [
        { insert: { id: '1', body: 'one' }, old: null },
        { insert: { id: '2', body: null }, old: null },
      ],
      [
        { update: { id: '1', body: 'uno' }, old: { id: '1', body: 'one' } },
        { event: 'test.thing-noted', payload: { id: 1 } },
        { delete: null, old: { id: '2', body: null } },
      ],
      [{ truncate: 'note' }],
    ],
  )
  assert.deepEqual(
    heard.map(tx => tx.lsn),
    heard.map(tx => tx.lsn).sort(),
  )
  assert.ok(stream.lsn >= heard.at(-1)!.lsn)
})

test('what was rolled back is never heard', async t => {
  const { db } = await testDatabase(t)
  await makeTable(db)
  const stream = await open(t, db)
  const heard = record(stream)
  await assert.rejects(
    db.transaction(async tx => {
      await tx.query(sql`insert into note values (1, 'never')`)
      await tx.emit(noted, { id: 1 })
      throw new Error('no')
    }),
  )
  await stream.caughtUp()
  assert.deepEqual(heard, [])
})

test('a large unchanged value is filled in from the row before', async t => {
  const { db } = await testDatabase(t)
  await makeTable(db)
  await db.transaction(tx => tx.script('alter table note alter body set storage external'))
  const stream = await open(t, db)
  const heard = record(stream)
  const large = 'ß'.repeat(20_000)
  await db.query(sql`insert into note values (1, ${large})`)
  await db.query(sql`update note set id = 7`)
  await stream.caughtUp()
  const update = heard[1]!.changes[0] as RowChange
  assert.deepEqual(update.new, ['7', large])
  assert.deepEqual(update.old, ['1', large])
})

test('a table is described as it was when the change was made', async t => {
  const { db } = await testDatabase(t)
  await makeTable(db)
  const stream = await open(t, db)
  const heard = record(stream)
  await db.query(sql`insert into note values (1, 'a')`)
  await db.transaction(tx =>
    tx.script(`insert into note values (2, 'b'); alter table note add column "größe" int default 3;
    insert into note values (4, 'c', 5)`),
  )
  await db.query(sql`insert into note values (6, 'd')`)
  await stream.caughtUp()
  assert.deepEqual(
    heard.flatMap(tx => tx.changes.map(named)),
    [
      { insert: { id: '1', body: 'a' }, old: null },
      { insert: { id: '2', body: 'b' }, old: null },
      { insert: { id: '4', body: 'c', größe: '5' }, old: null },
      { insert: { id: '6', body: 'd', größe: '3' }, old: null },
    ],
  )
  const tables = heard.flatMap(tx => tx.changes.map(change => (change as RowChange).table))
  assert.equal(tables[0], tables[1], 'the same object while nothing changes')
  assert.equal(tables[2], tables[3])
  assert.notEqual(tables[1], tables[2])
})

test('the transaction id is the one snapshots speak of', async t => {
  const { db } = await testDatabase(t)
  await makeTable(db)
  const stream = await open(t, db)
  const heard = record(stream)
  const xid = await db.transaction(async tx => {
    // The row is written by a sub-transaction; the stream tells the id of the whole.
    await tx.script(`savepoint s; insert into note values (1, 'a'); release s`)
    return (await tx.query<{ xid: string }>(sql`select pg_current_xact_id()::text as xid`))[0]!.xid
  })
  await stream.caughtUp()
  assert.deepEqual(
    heard.map(tx => tx.xid),
    [BigInt(xid)],
  )
})

test('more rows of one table than are kept become one bulk change; the rest of the commit stays', async t => {
  const { db } = await testDatabase(t)
  await makeTable(db)
  await db.transaction(tx => tx.script('create table small (id int primary key)'))
  const stream = await open(t, db, { bulkRows: 10 })
  const heard = record(stream)
  await db.transaction(async tx => {
    await tx.query(sql`insert into small values (1)`)
    await tx.query(sql`insert into note select i, 'x' from generate_series(1, 10) i`)
    await tx.emit(noted, { id: 1 })
    await tx.query(sql`insert into note values (11, 'one too many'), (12, 'and another')`)
  })
  await db.query(sql`delete from note where id <= 10`)
  await stream.caughtUp()
  assert.deepEqual(heard[0]!.changes.map(named), [
    { insert: { id: '1' }, old: null },
    { event: 'test.thing-noted', payload: { id: 1 } },
    { bulk: 'note' },
  ])
  assert.equal(heard[1]!.changes.length, 10, 'the limit itself is still told row by row')
})

test('the window reaches back to commits made before a restart', async t => {
  const { db } = await testDatabase(t)
  await makeTable(db)
  const first = await openChangeStream({ db, log })
  await first.ready
  const start = first.lsn
  await db.query(sql`insert into note values (1, 'a')`)
  await first.caughtUp()
  const middle = first.lsn
  await db.query(sql`insert into note values (2, 'b')`)
  await first.caughtUp()
  await first.close()
  await db.query(sql`insert into note values (3, 'written while nobody listened')`)

  const second = await open(t, db)
  assert.equal(second.epoch, first.epoch)
  assert.deepEqual(ids((await second.since(start))!), [1, 2, 3])
  assert.deepEqual(ids((await second.since(middle))!), [2, 3])
  assert.deepEqual(await second.since(second.lsn), [])
  assert.equal(await second.since('0'.repeat(16)), undefined, 'nobody knows what was before the slot')
})

test('what has left the window is gone, and said to be', async t => {
  const { db } = await testDatabase(t)
  await makeTable(db)
  const stream = await open(t, db, { windowBytes: 2000 })
  const start = stream.lsn
  const heard = record(stream)
  for (let i = 0; i < 10; i++) await db.query(sql`insert into note values (${i}, ${'x'.repeat(500)})`)
  await stream.caughtUp()
  assert.equal(await stream.since(start), undefined)
  assert.equal(await stream.notSeenBy('1:1:', start), undefined)
  const kept = (await stream.since(heard[7]!.lsn))!
  assert.deepEqual(ids(kept), [8, 9])
})

test('a lost connection loses nothing and repeats nothing', async t => {
  const { db } = await testDatabase(t)
  await makeTable(db)
  const stream = await open(t, db)
  const heard = record(stream)
  for (let i = 0; i < 200; i++) {
    if (i % 60 === 30) await killWalsender(db)
    await db.query(sql`insert into note values (${i}, 'x')`)
  }
  await stream.caughtUp()
  assert.deepEqual(
    ids(heard),
    Array.from({ length: 200 }, (_, i) => i),
  )
})

test('a transaction cut in half by a lost connection comes once and whole', async t => {
  const { db } = await testDatabase(t)
  await makeTable(db)
  const stream = await open(t, db, { bulkRows: 1_000_000, bulkBytes: 1e9 })
  const heard = record(stream)
  const writing = db.query(sql`insert into note select i, repeat('x', 100) from generate_series(1, 30000) i`)
  const ending = writing.then(() => killWalsender(db))
  await ending
  await stream.caughtUp()
  assert.deepEqual(
    heard.map(tx => tx.changes.length),
    [30_000],
  )
})

test('a slot that Postgres has dropped begins a new history', async t => {
  const { db } = await testDatabase(t)
  await makeTable(db)
  const stream = await open(t, db)
  const before = { epoch: stream.epoch, lsn: stream.lsn }
  const broken = new Promise<void>(resolve => stream.onBreak(resolve))
  await db.query(sql`insert into note values (1, 'a')`)
  await db.transaction(async tx => {
    const [slot] = await tx.query<{ name: string; pid: number }>(
      sql`select slot_name as name, active_pid as pid from pg_replication_slots where database = current_database()`,
    )
    // Holding the lock keeps the stream from making its new slot before the old one is gone.
    await tx.query(sql`select pg_advisory_xact_lock(hashtext('cloudbox.stream'))`)
    await tx.query(sql`select pg_terminate_backend(${slot!.pid}, 5000)`)
    await tx.query(sql`select pg_drop_replication_slot(${slot!.name})`)
  })
  await broken
  assert.notEqual(stream.epoch, before.epoch)
  assert.equal(await stream.since(before.lsn), undefined)
  const heard = record(stream)
  await db.query(sql`insert into note values (2, 'b')`)
  await stream.caughtUp()
  assert.deepEqual(ids(heard), [2])
})

test('a second server on the same database is refused and told who reads already', async t => {
  const { db } = await testDatabase(t)
  await open(t, db)
  await assert.rejects(openChangeStream({ db, log }), (error: unknown) => {
    assert.ok(error instanceof StreamStartError)
    assert.match(error.message, /reads the changes of database "\w+" already: process \d+/)
    return true
  })
})

test('a listener that throws hinders nobody', async t => {
  const { db } = await testDatabase(t)
  await makeTable(db)
  const stream = await open(t, db)
  stream.listen(() => {
    throw new Error('a bug')
  })
  const heard = record(stream)
  await db.query(sql`insert into note values (1, 'a')`)
  await stream.caughtUp()
  assert.deepEqual(ids(heard), [1])
})

test('the slot moves on while only other databases write', async t => {
  const { db } = await testDatabase(t)
  const { db: other } = await testDatabase(t)
  await makeTable(other)
  const stream = await open(t, db)
  const before = stream.lsn
  await other.query(sql`insert into note select i, 'x' from generate_series(1, 1000) i`)
  const confirmed = async () =>
    (
      await db.query<{ lsn: string }>(sql`select confirmed_flush_lsn::text as lsn from pg_replication_slots
        where database = current_database()`)
    )[0]!.lsn
  const first = await confirmed()
  const deadline = Date.now() + 60_000
  while ((await confirmed()) === first && Date.now() < deadline)
    await new Promise(done => setTimeout(done, 100))
  assert.notEqual(await confirmed(), first)
  assert.ok(stream.lsn > before)
})

test('without a superuser tables are published by schema', async t => {
  const { db } = await testDatabase(t)
  await db.transaction(tx => tx.script(`create publication cloudbox; create schema app`))
  const stream = await open(t, db)
  const heard = record(stream)
  await db.transaction(async tx => {
    await tx.script('create table app.a (id int primary key); create table outside (id int primary key)')
    await stream.publish(tx, 'app')
    await tx.query(sql`insert into app.a values (1)`)
    await tx.query(sql`insert into outside values (2)`)
  })
  await db.transaction(tx => stream.publish(tx, 'app'))
  await stream.caughtUp()
  assert.deepEqual(ids(heard), [1])
})

test('a snapshot and what it has not seen are the table as of now, under concurrent writers', async t => {
  const { db } = await testDatabase(t)
  await makeTable(db)
  const stream = await open(t, db)
  const from = stream.lsn
  let isStopped = false
  let next = 0
  const writers = Array.from({ length: 4 }, async () => {
    while (!isStopped) await db.query(sql`insert into note values (${next++}, 'x')`)
  })
  for (let round = 0; round < 60; round++) {
    const { seen, snapshot } = await db.transaction(
      async tx => ({
        snapshot: (await tx.query<{ text: string }>(sql`select pg_current_snapshot()::text as text`))[0]!
          .text,
        seen: (await tx.query<{ id: number }>(sql`select id from note`)).map(row => row.id),
      }),
      { isolation: 'repeatable read' },
    )
    await stream.caughtUp()
    const all = [...seen, ...ids((await stream.notSeenBy(snapshot, from))!)].sort((a, b) => a - b)
    const streamed = ids((await stream.since(from))!).sort((a, b) => a - b)
    assert.deepEqual(all, streamed)
  }
  isStopped = true
  await Promise.all(writers)
})
