import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Database } from '../../../kernel/db.ts'
import { prepareMigrations } from '../../../kernel/migrate.ts'
import { sql } from '../../../kernel/sql.ts'
import { testDatabase } from '../../../testing/test-database.ts'
import { scan } from './scan.ts'

const { db } = await testDatabase({ after })
await prepareMigrations(db)

/** The database, and the longest answer it has given. */
function watched() {
  let longest = 0
  const query = async (...args: Parameters<Database['query']>) => {
    const rows = await db.query(...args)
    const lengths = rows.map(row =>
      Object.values(row).reduce<number>((sum, value) => sum + String(value ?? '').length, 0),
    )
    longest = Math.max(
      longest,
      lengths.reduce((sum, length) => sum + length, 0),
    )
    return rows
  }
  return { on: { ...db, query: query as Database['query'] }, longest: () => longest }
}

test('however long values are, little of them is read at once, and every row once', async () => {
  await db.query(sql`create table cloudbox.usage_notes (n int, bytes bytea, words text, list text[])`)
  await db.query(sql`alter table cloudbox.usage_notes alter column bytes set storage external`)
  // Pages have 36 bytes of each of the long ones, and lists take a hundredth when they are compressed.
  await db.query(sql`
    insert into cloudbox.usage_notes
    select n, convert_to(repeat('x', 40000), 'utf8'), repeat('y', 10000), array[repeat('z', 20000), 'z']
    from generate_series(1, 120) n`)
  await db.query(
    sql`insert into cloudbox.usage_notes select n, null, 'short', null from generate_series(1, 2500) n`,
  )
  await db.query(sql`
    insert into cloudbox.usage_notes values (0, convert_to(repeat('-', 3000000) || ' ada@example.com', 'utf8'), '', '{}')`)
  await db.query(sql`insert into cloudbox.usage_notes values (0, null, 'bob@example.com', null)`)
  const { on, longest } = watched()
  const { tables, found } = await scan(on, [])
  assert.equal(tables.find(({ table }) => table === 'usage_notes')!.rows, 120 + 2500 + 2)
  assert.deepEqual(
    found.map(({ column, kind, rows }) => `${column} ${kind} ${rows}`),
    ['bytes email 1', 'words email 1'],
  )
  // One row may be longer than what is read at once; in base64 it takes a third more.
  assert.ok(longest() < 4_200_000, `${longest()} characters at once`)
  await db.query(sql`delete from cloudbox.usage_notes where octet_length(bytes) > 1000000`)
  const short = watched()
  await scan(short.on, [])
  assert.ok(short.longest() < 1_500_000, `${short.longest()} characters at once`)
})
