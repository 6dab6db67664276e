import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '../testing/test-database.ts'
import { openCursor } from './cursor.ts'
import type { Database } from './db.ts'
import { sql, toStatement } from './sql.ts'

const numbers = (count: number) =>
  toStatement(sql`select n::text as j from generate_series(1, ${count}::int) n order by n`)
const inTime = { timeoutMs: 60_000 }

/** Transactions other connections have open. */
async function openTransactions(db: Database): Promise<number> {
  const [row] = await db.query<{ n: number }>(sql`
    select count(*)::int as n from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null`)
  return row!.n
}

test('every row comes once and in order, in batches, and the connection is free afterwards', async t => {
  const { db } = await testDatabase(t)
  for (const count of [0, 1, 63, 64, 65, 5000]) {
    const rows: string[] = []
    for await (const batch of openCursor(db, numbers(count), inTime)) rows.push(...batch)
    assert.deepEqual(
      rows,
      Array.from({ length: count }, (_, i) => String(i + 1)),
    )
  }
  assert.equal(await openTransactions(db), 0)
})

test('batches of long rows are short', async t => {
  const { db } = await testDatabase(t)
  const wide = toStatement(sql`select repeat('x', 30000) as j from generate_series(1, 300)`)
  const sizes: number[] = []
  for await (const batch of openCursor(db, wide, inTime)) sizes.push(batch.length)
  assert.equal(
    sizes.reduce((a, b) => a + b, 0),
    300,
  )
  assert.ok(
    sizes.slice(1).every(size => size <= 2),
    sizes.join(),
  )
})

test('whoever stops reading gives the connection back', async t => {
  const { db } = await testDatabase(t)
  for await (const batch of openCursor(db, numbers(100_000), inTime)) {
    assert.equal(batch.length, 64)
    assert.equal(await openTransactions(db), 1)
    break
  }
  assert.equal(await openTransactions(db), 0)
  const unread = openCursor(db, numbers(1), inTime)
  await unread.return!()
  assert.deepEqual(await unread.next(), { done: true, value: undefined })
})

test('also while Postgres looks for the first row', async t => {
  const { db } = await testDatabase(t)
  const cursor = openCursor(db, toStatement(sql`select 'x' as j from pg_sleep(60)`), inTime)
  const first = cursor.next().catch((error: unknown) => error)
  const sleeping = sql`select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`
  while ((await db.query(sleeping)).length === 0);
  await cursor.return!()
  assert.equal(((await first) as { code: string }).code, '57014')
  assert.equal(await openTransactions(db), 0)
})

test('an error is thrown, before the first row and behind others', async t => {
  const { db } = await testDatabase(t)
  const failing = (at: number) =>
    openCursor(
      db,
      toStatement(sql`select (1 / (${at}::int - n))::text as j from generate_series(1, 1000) n`),
      inTime,
    )
  await assert.rejects(failing(1).next(), { code: '22012' })
  const later = failing(500)
  assert.equal((await later.next()).value?.length, 64)
  await assert.rejects(
    async () => {
      for await (const _ of later);
    },
    { code: '22012' },
  )
  assert.equal(await openTransactions(db), 0)
})

test('when the time is over it is no silent end, whoever was slow', async t => {
  const { db } = await testDatabase(t)
  const asleep = openCursor(db, toStatement(sql`select 'x' as j from pg_sleep(60)`), { timeoutMs: 20 })
  await assert.rejects(asleep.next(), { code: '57014' })
  const unread = openCursor(db, numbers(100_000), { timeoutMs: 1500 })
  await unread.next()
  // Nobody asks for more until the transaction has been ended.
  while ((await openTransactions(db)) > 0);
  await assert.rejects(unread.next(), { code: '57014' })
})

test('a lost connection is an error and no crash', async t => {
  const { db } = await testDatabase(t)
  const cursor = openCursor(db, numbers(100_000), inTime)
  await cursor.next()
  await db.query(sql`
    select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null`)
  await assert.rejects(async () => {
    for await (const _ of cursor);
  })
  assert.deepEqual(await db.query(sql`select 1 as "one"`), [{ one: 1 }])
})

test('it only reads', async t => {
  const { db } = await testDatabase(t)
  const writing = toStatement(sql`select set_config('transaction_read_only', 'off', true) as j`)
  await assert.rejects(openCursor(db, writing, inTime).next(), { code: '25001' })
})
