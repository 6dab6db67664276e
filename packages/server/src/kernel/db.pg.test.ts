import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from '../testing/test-database.ts'
import { openDatabase, type Database } from './db.ts'
import { raw, sql } from './sql.ts'
import { createLog } from './log.ts'

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
  // Statements that end about when their time does, one after the other on all connections, and some that never would in time.
  const seen = await Promise.all(
    Array.from({ length: 20 }, async (_, lane) => {
      let late = 0
      for (let i = 0; i < 10; i++) {
        const seconds = i === 9 ? 60 : 0.02 + (lane + i) / 1000
        await db
          .query(sql`select pg_sleep(${seconds}::float8)`, { timeoutMs: 10 })
          .catch((error: { code: string }) => {
            assert.equal(error.code, '57014')
            late++
          })
        await db.query(sql`select pg_sleep(0.001)`)
      }
      return late
    }),
  )
  assert.ok(seen.every(late => late > 0))
})

test('what cannot be sent fails alone, and costs no connection', async t => {
  const { db, connection } = await testDatabase(t)
  const other = await openDatabase(connection, {
    log: createLog('error', () => {}),
    poolSize: 3,
    statementTimeoutMs: 30_000,
  })
  t.after(() => other.close())
  const unsendable = [
    sql`select ${new Date(Number.NaN)}::timestamptz`,
    { text: 'select 1', values: Array.from({ length: 65_536 }, () => 1) },
  ]
  for (let round = 0; round < 5; round++)
    for (const question of unsendable) {
      await assert.rejects(other.query(question), RangeError)
      await assert.rejects(other.query(question, { isShared: true }), RangeError)
      await assert.rejects(
        other.transaction(tx => tx.query(question)),
        RangeError,
      )
    }
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) => other.query(sql`select ${i}::int as "n"`, { isShared: i % 2 === 0 })),
  )
  assert.deepEqual(
    answers.map(([row]) => row!.n),
    [0, 1, 2, 3, 4, 5, 6, 7],
  )
  // Nothing was left half done either.
  const open = sql`select from pg_stat_activity where datname = current_database() and state like 'idle in%'`
  assert.deepEqual(await db.query(open), [])
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

test('values and rows come through as they are, whatever their size', async t => {
  const { db } = await testDatabase(t)
  const [row] = await db.query(sql`
    select ${'ä\u{1f600}'} as "text", ${null}::text as "nothing", ${7}::int as "int", ${2n ** 60n}::bigint as "big",
      ${true}::boolean as "yes", ${['a"b', 'c,d']}::text[] as "list", ${{ a: 1 }}::jsonb as "json",
      ${Buffer.from([1, 255])}::bytea as "bytes", 0.5::float8 as "half"`)
  assert.deepEqual(row, {
    text: 'ä\u{1f600}',
    nothing: null,
    int: 7,
    big: '1152921504606846976',
    yes: true,
    list: String.raw`{"a\"b","c,d"}`,
    json: '{"a": 1}',
    bytes: '\\x01ff',
    half: 0.5,
  })
  const large = 'ä'.repeat(10_000_000)
  const [echo] = await db.query<{ large: string; n: number }>(
    sql`select ${large}::text as "large", length(${large}::text) as "n"`,
  )
  assert.ok(echo!.large === large)
  assert.equal(echo!.n, 10_000_000)
  assert.equal((await db.query(sql`select from generate_series(1, 100000)`)).length, 100_000)
  assert.deepEqual(await db.query(sql`create table t (a int)`), [])
})

test('of statements that share connections each fails or answers for itself', async t => {
  const { db } = await testDatabase(t)
  const ask = (n: number) =>
    db.query<{ n: number }>(sql`select 60 / ${n}::int as "n"`, { isShared: true }).then(
      ([row]) => row!.n,
      (error: { code: string }) => error.code,
    )
  for (let round = 0; round < 20; round++) {
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => ask(n)))
    assert.deepEqual(
      answers,
      answers.map((_, n) => (n === 0 ? '22012' : Math.trunc(60 / n))),
    )
  }
})

test('a slow statement holds up none of those it shares a connection with', async t => {
  const { db } = await testDatabase(t)
  const nap = (seconds: number, timeoutMs?: number) =>
    db.query(sql`select pg_sleep(${seconds}::float8)`, {
      isShared: true,
      ...(timeoutMs ? { timeoutMs } : {}),
    })
  const quick = (n: number) => db.query<{ n: number }>(sql`select ${n}::int as "n"`, { isShared: true })
  // Both are prepared, known as quick, and share connections.
  for (let i = 0; i < 50; i++) await Promise.all([nap(0), quick(i), quick(i), nap(0), quick(i)])
  const ended: string[] = []
  const slow = [nap(600, 2000), nap(600, 2000), nap(600, 2000)].map(napping =>
    napping.catch((error: { code: string }) => ended.push(error.code)),
  )
  const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => quick(n)))
  ended.push('quick')
  assert.deepEqual(
    answers,
    answers.map((_, n) => [{ n }]),
  )
  await Promise.all(slow)
  assert.deepEqual(ended, ['quick', '57014', '57014', '57014'])
  assert.deepEqual(await quick(1), [{ n: 1 }])
})

test('a statement whose answer changed its form is prepared anew', async t => {
  const { db } = await testDatabase(t)
  await db.query(sql`create table shifting (a int)`)
  await db.query(sql`insert into shifting values (1)`)
  const all = () => db.query(sql`select * from shifting`, { isShared: true })
  for (let i = 0; i < 5; i++) assert.deepEqual(await all(), [{ a: 1 }])
  for (const column of ['b', 'c', 'd']) {
    await db.query(sql`alter table shifting add ${raw(column)} text`)
    const answers = await Promise.all([all(), all(), all(), all(), all(), all()])
    for (const [row] of answers) assert.ok(column in row!)
  }
  await db.query(sql`drop table shifting`)
  await assert.rejects(all(), { code: '42P01' })
  await db.query(sql`create table shifting (z int)`)
  assert.deepEqual(await all(), [])
})

test('an error of a statement tells what the server told', async t => {
  const { db } = await testDatabase(t)
  await db.query(sql`create table one (id int constraint only_one primary key)`)
  await db.query(sql`insert into one values (1)`)
  await assert.rejects(db.query(sql`insert into one values (1)`), {
    code: '23505',
    table: 'one',
    schema: 'public',
    constraint: 'only_one',
    detail: 'Key (id)=(1) already exists.',
  })
  // In the middle of many rows.
  await assert.rejects(db.query(sql`select 1 / (50000 - g) from generate_series(1, 100000) g`), {
    code: '22012',
  })
})

test('a transaction keeps what it wrote or nothing, and its connection is lent on', async t => {
  const { db } = await testDatabase(t)
  await db.query(sql`create table kept (a int)`)
  await assert.rejects(
    db.transaction(async tx => {
      await tx.query(sql`insert into kept values (1)`)
      await tx.query(sql`select 1 / 0`)
    }),
    { code: '22012' },
  )
  await db.transaction(tx => tx.query(sql`insert into kept values (2)`))
  assert.deepEqual(await db.query(sql`select * from kept`), [{ a: 2 }])
  const many = Array.from({ length: 40 }, () => db.transaction(tx => tx.query(sql`select 1 as "n"`)))
  assert.equal((await Promise.all(many)).length, 40)
})

test('connections the server ends fail what was on them, and others take their place', async t => {
  const { db, connection } = await testDatabase(t)
  const lines: string[] = []
  const log = createLog('warn', line => lines.push(line))
  const other = await openDatabase(connection, {
    log,
    poolSize: 8,
    statementTimeoutMs: 30_000,
    applicationName: 'victim',
  })
  t.after(() => other.close())
  const ask = (from: Database) => from.query(sql`select 1 as "n"`, { isShared: true })
  const terminate = () =>
    db.query(
      sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'victim'`,
    )
  for (let i = 0; i < 5; i++) {
    await Promise.all(Array.from({ length: 40 }, () => ask(other)))
    const sleeping = assert.rejects(other.query(sql`select pg_sleep(60)`), { code: '57P01' })
    const open = assert.rejects(
      other.transaction(tx => tx.query(sql`select pg_sleep(60)`)),
      { code: '57P01' },
    )
    let seen = 0
    while (seen < 2)
      seen = (
        await db.query(
          sql`select from pg_stat_activity where application_name = 'victim' and wait_event = 'PgSleep'`,
        )
      ).length
    await terminate()
    await Promise.all([sleeping, open])
    // One that was idle may be lent before its end is heard.
    for (let attempt = 0; ; attempt++) {
      try {
        assert.deepEqual(await ask(other), [{ n: 1 }])
        break
      } catch (error) {
        assert.ok(attempt < 20 && ['57P01', '08006'].includes((error as { code: string }).code))
      }
    }
  }
  assert.ok(lines.some(line => line.includes('db.connection-lost')))
})

test('what only reads outlives the connection it was asked on', async t => {
  const { db, connection } = await testDatabase(t)
  const other = await openDatabase(connection, {
    log: createLog('error', () => {}),
    poolSize: 8,
    statementTimeoutMs: 60_000,
    applicationName: 'victim',
  })
  t.after(() => other.close())
  await db.query(sql`create table "ended" ()`)
  const question = sql`select case when exists (select from "ended") then null else pg_sleep(${0}::float8) end`
  const wait = sql`select case when exists (select from "ended") then null else pg_sleep(${60}::float8) end`
  // Known statements share connections once there is one.
  const isShared = async () =>
    (await db.query(sql`select from pg_stat_activity where application_name = 'victim'`)).length > 1
  const outlives = async () => {
    for (let i = 0; i < 3 || !(await isShared()); i++)
      await Promise.all(Array.from({ length: 10 }, () => other.query(question, { isShared: true })))
    const answer = other.query(wait, { isShared: true })
    let pids: { pid: number }[] = []
    while (pids.length === 0)
      pids = await db.query<{ pid: number }>(
        sql`select pid from pg_stat_activity where application_name = 'victim' and wait_event = 'PgSleep'`,
      )
    await db.query(sql`insert into "ended" default values`)
    const outcome = answer.then(
      rows => rows.length,
      (error: unknown) => (error as { code?: string }).code,
    )
    await db.query(sql`select pg_terminate_backend(${pids[0]!.pid}::int, 5000)`)
    return outcome
  }
  // On a busy machine the question may have been slow before; then it is asked alone, and not again.
  let outcome = await outlives()
  for (let attempt = 0; attempt < 5 && outcome === '57P01'; attempt++) {
    await db.query(sql`truncate "ended"`)
    outcome = await outlives()
  }
  assert.equal(outcome, 1)
})

test('closing answers what is under way and leaves no connection', async t => {
  const { db, connection } = await testDatabase(t)
  const other = await openDatabase(connection, {
    log: createLog('warn', () => {}),
    poolSize: 8,
    statementTimeoutMs: 30_000,
    applicationName: 'leaving',
  })
  const under = Array.from({ length: 50 }, () => other.query(sql`select pg_sleep(0.01)`, { isShared: true }))
  await Promise.all([other.query(sql`select 1`), other.close()])
  await Promise.all(under)
  await assert.rejects(other.query(sql`select 1`), /closed/)
  while ((await db.query(sql`select from pg_stat_activity where application_name = 'leaving'`)).length > 0);
})

test('whoever may not come in learns why', async t => {
  const { db, connection } = await testDatabase(t)
  const options = { log: createLog('warn', () => {}), poolSize: 1, statementTimeoutMs: 5000 }
  const role = `guest_${connection.database}`
  await db.transaction(tx => tx.script(`create role ${role} login password 'pä ss'`))
  // Over TCP the server asks for the password, by SCRAM.
  const guest = { ...connection, host: '127.0.0.1', user: role, password: 'pä ss' }
  const welcome = await openDatabase(guest, options)
  assert.deepEqual(await welcome.query(sql`select current_user::text as "user"`), [{ user: role }])
  await welcome.close()
  await assert.rejects(openDatabase({ ...guest, password: 'wrong' }, options), { code: '28P01' })
  await assert.rejects(openDatabase({ ...guest, password: undefined }, options), { code: '28P01' })
  await assert.rejects(openDatabase({ ...guest, ssl: true }, options), { code: '08006' })
  await assert.rejects(openDatabase({ ...guest, port: 1 }, options), { code: 'ECONNREFUSED' })
  await db.query(sql`drop role ${raw(role)}`)
  await assert.rejects(openDatabase({ ...connection, database: 'no such' }, options), { code: '3D000' })
  await assert.rejects(openDatabase({ ...connection, host: '/nowhere' }, options), { code: 'ENOENT' })
})
