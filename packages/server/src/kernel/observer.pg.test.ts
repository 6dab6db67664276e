import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { testDatabase } from '../testing/test-database.ts'
import { Observation } from './observation.ts'
import { Observer } from './observer.ts'
import { sql } from './sql.ts'

const { db } = await testDatabase({ after })
const observer = new Observer()

function observation(): Observation {
  return new Observation(observer.operation('request', 'GET /test'))
}

test('statements are counted for what asked them, each text once', async () => {
  const [one, other] = [observation(), observation()]
  await Promise.all([
    observer.within(one, async () => {
      for (const n of [1, 2, 3])
        await db.query(sql`select * from generate_series(1, ${n}::int)`, { isShared: true })
      await db.query(sql`select 1 as "one"`)
    }),
    observer.within(other, () => db.query(sql`select 2 as "two"`)),
  ])
  assert.equal(one.statementCount, 4)
  assert.equal(one.rows, 7)
  assert.ok(one.databaseMs > 0)
  const told = one.statements.map(({ text, count, rows }) => ({ text, count, rows }))
  assert.deepEqual(told, [
    { text: 'select * from generate_series(1, $1::int)', count: 3, rows: 6 },
    { text: 'select 1 as "one"', count: 1, rows: 1 },
  ])
  assert.deepEqual(
    other.statements.map(({ text }) => text),
    ['select 2 as "two"'],
  )
})

test('a transaction counts as what it sent, also what failed in it', async () => {
  const one = observation()
  await observer.within(one, () =>
    assert.rejects(
      db.transaction(async tx => {
        await tx.query(sql`select 1`)
        await tx.query(sql`select 1 / 0`)
      }),
    ),
  )
  assert.deepEqual(
    one.statements.map(({ text }) => text),
    ['begin', 'select 1', 'select 1 / 0', 'rollback'],
  )
})

test('of many different texts the first are kept, and all are counted', async () => {
  const one = observation()
  await observer.within(one, async () => {
    for (let n = 0; n < 30; n++) await db.query({ text: `select ${n}`, values: [] })
  })
  assert.equal(one.statementCount, 30)
  assert.equal(one.statements.length, 20)
})

test('the pool tells how it is used', async () => {
  let busy = 0
  await db.transaction(async () => {
    busy = db.pool().busy
  })
  const { size, open, waiting } = db.pool()
  assert.ok(busy >= 1 && open >= busy && size >= open)
  assert.equal(waiting, 0)
})
