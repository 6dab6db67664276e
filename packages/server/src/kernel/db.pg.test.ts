import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '../testing/test-database.ts'
import { sql } from './sql.ts'

const cancelled = { code: '57014' }

test('a statement that takes longer than it may is cancelled, and the connection is as good as before', async t => {
  const { db } = await testDatabase(t)
  await assert.rejects(db.query(sql`select pg_sleep(60)`, { timeoutMs: 20 }), cancelled)
  assert.deepEqual(await db.query(sql`select 1 as "one"`, { timeoutMs: 1000 }), [{ one: 1 }])
  assert.deepEqual(
    await db.query(
      sql`select from pg_stat_activity where state = 'active' and query like 'select pg_sleep%'`,
    ),
    [],
  )
})

test('a cancel request hits the statement it was meant for and no other', async t => {
  const { db } = await testDatabase(t)
  // Statements that end about when their time does, one after the other on all connections.
  const seen = await Promise.all(
    Array.from({ length: 20 }, async (_, lane) => {
      let late = 0
      for (let i = 0; i < 10; i++) {
        await db
          .query(sql`select pg_sleep(${0.02 + (lane + i) / 1000}::float8)`, { timeoutMs: 10 })
          .catch((error: { code: string }) => {
            assert.equal(error.code, '57014')
            late++
          })
        await db.query(sql`select pg_sleep(0.001)`)
      }
      return late
    }),
  )
  assert.ok(seen.some(late => late > 0))
})

test('a statement of a transaction has its own time', async t => {
  const { db } = await testDatabase(t)
  await db.transaction(async tx => {
    await tx.query(sql`savepoint before`)
    await assert.rejects(tx.query(sql`select pg_sleep(60)`, { timeoutMs: 20 }), cancelled)
    await tx.query(sql`rollback to savepoint before`)
    assert.deepEqual(await tx.query(sql`select 1 as "one"`, { timeoutMs: 1000 }), [{ one: 1 }])
  })
})
