import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import fc from 'fast-check'
import type { Database } from '../../../kernel/db.ts'
import { migrate, prepareMigrations } from '../../../kernel/migrate.ts'
import { Observer } from '../../../kernel/observer.ts'
import { sql } from '../../../kernel/sql.ts'
import { silentLog } from '../../../testing/test-cluster.ts'
import { testDatabase } from '../../../testing/test-database.ts'
import { relativeError } from '../counting/sketch.ts'
import { Counted, nowhere, type CountedWindow } from '../counting/window.ts'
import type { KeptRequest } from '../kept/kept-request.ts'
import { totalOf } from '../reading/operations.ts'
import { readFrames, readRequestCounts } from '../reading/read-frames.ts'
import { readWindows, walkWindows } from '../reading/read-windows.ts'
import { compact, forget } from './compact.ts'
import { OperationsTable } from './operations-table.ts'
import { StoredWindows, type StoredWindow } from './stored-windows.ts'
import { Writer } from './writer.ts'

const { db } = await testDatabase({ after })
await prepareMigrations(db)
await migrate(db, {
  word: 'monitoring',
  folder: new URL('../migrations/', import.meta.url),
  schema: 'cloudbox',
})
const observer = new Observer()
const operationAt = (index: number) => observer.operationAt(index)
const list = observer.operation('request', 'GET /data/:collection')
const [one, two] = ['11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222']
const begin = Date.parse('2026-03-01T00:00:00Z')
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
const keep = { secondsHours: 2, minutesDays: 3, hoursDays: 400, keptDays: 14, keptMost: 3 }

beforeEach(async () => {
  for (const table of [sql`windows`, sql`progress`, sql`requests`])
    await db.query(sql`truncate cloudbox.monitoring_${table}`)
})

function windowOf(at: number, environmentId: string, durations: readonly number[]): CountedWindow {
  const counted = new Counted()
  const tally = counted.tally(list.index * 4)
  for (const ms of durations) {
    tally.count++
    tally.durationUs += Math.round(ms * 1000)
    tally.durations.add(ms)
  }
  return { at, environments: new Map([[environmentId, counted]]) }
}

/** A server on the database, as far as rollups go; a new one knows nothing of those before. */
function process(on: Database = db) {
  const clock = { ms: begin, now: () => clock.ms, onJump: () => () => {} }
  const operations = new OperationsTable(observer)
  const windows = new StoredWindows(on, operations)
  const writer = new Writer({
    db: on,
    clock,
    log: silentLog,
    observer,
    operations,
    windows,
    retention: keep,
    environmentIds: async () => [one, two],
  })
  const total = async (from: number, to: number, base: 10 | 60 | 3600, environmentId = one) => {
    const found = await readWindows(on, windows, { from, to, base }, [environmentId])
    return totalOf(
      found.map(({ counted }) => counted),
      operationAt,
      'request',
    ).all
  }
  return { clock, windows, writer, total }
}

/** Windows as plain values; which of two environments comes first at the same time is open. */
const shown = (windows: readonly StoredWindow[]) =>
  windows
    .toSorted((a, b) => a.at - b.at || a.environmentId.localeCompare(b.environmentId))
    .map(({ environmentId, at, counted }) => ({
      environmentId,
      at,
      tallies: [...counted.tallies].map(([key, { durations, ...sums }]) => [
        key,
        sums,
        [...durations.bins()],
      ]),
      levels: [...counted.levels],
    }))

/** Walks through a time, and says how many windows came from the database at once. */
async function walk(
  windows: StoredWindows,
  time: { readonly from: number; readonly to: number; readonly base: 10 | 60 | 3600 },
  environmentIds: readonly string[],
) {
  const found: StoredWindow[] = []
  let [mostRows, longReads] = [0, 0]
  const watched: Database = {
    ...db,
    query: (async (...args: Parameters<Database['query']>) => {
      const rows = await db.query(...args)
      if (rows.some(row => 'counts' in row)) mostRows = Math.max(mostRows, rows.length)
      return rows
    }) as Database['query'],
  }
  const source = {
    db: watched,
    windows,
    longReads: (read: () => Promise<void>) => {
      longReads++
      return read()
    },
  }
  await walkWindows(source, time, environmentIds, window => found.push(window))
  return { found, mostRows, longReads }
}

async function countWindows(step: number): Promise<number> {
  const [row] = await db.query<{ n: number }>(
    sql`select count(*)::int as n from cloudbox.monitoring_windows where step = ${step}`,
  )
  return row!.n
}

test('whenever windows are merged, and however they are read, everything is counted once and within the error', async () => {
  const windows = fc.array(
    fc.record({
      place: fc.nat({ max: 900 }),
      environment: fc.constantFrom(one, two),
      durations: fc.array(fc.double({ min: 0.1, max: 10_000, noNaN: true }), { minLength: 1, maxLength: 8 }),
    }),
    { minLength: 1, maxLength: 30 },
  )
  await fc.assert(
    fc.asyncProperty(windows, fc.array(fc.nat({ max: 30 })), async (made, mergedAfter) => {
      for (const table of [sql`windows`, sql`progress`])
        await db.query(sql`truncate cloudbox.monitoring_${table}`)
      const { writer, windows: stored, total } = process()
      // They come in any order, as from processes that have been away.
      for (const [i, { place, environment, durations }] of made.entries()) {
        writer.put([windowOf(begin + place * 10_000, environment, durations)], [])
        await writer.write()
        if (mergedAfter.includes(i)) await compact(db, stored, begin + place * 10_000 + 80_000)
      }
      await compact(db, stored, begin + 4 * hour)
      const all = made.filter(({ environment }) => environment === one).flatMap(({ durations }) => durations)
      for (const base of [10, 60, 3600] as const) {
        const { count, durationUs, durations } = await total(begin, begin + 3 * hour, base)
        assert.equal(count, all.length, `by windows of ${base} s`)
        assert.equal(
          durationUs,
          all.reduce((sum, ms) => sum + Math.round(ms * 1000), 0),
        )
        for (const part of all.length === 0 ? [] : [0.5, 0.95, 0.99]) {
          const exact = all.toSorted((a, b) => a - b)[Math.floor(part * (all.length - 1))]!
          assert.ok(Math.abs(durations.quantile(part)! - exact) <= exact * (relativeError + 1e-9))
        }
        const time = { from: begin, to: begin + 3 * hour, base }
        const whole = await readWindows(db, stored, time, [one, two])
        assert.deepEqual(shown((await walk(stored, time, [one, two])).found), shown(whole))
      }
    }),
    { numRuns: 15 },
  )
})

test('long times are read in slices, whoever waits has his turn in between, and few at once', async () => {
  const { writer, windows: stored } = process()
  for (let i = 0; i < 600; i++) {
    const { environments } = windowOf(begin + i * 10_000, one, [i + 1])
    for (const other of i < 500 ? [two, nowhere] : [])
      environments.set(other, windowOf(begin, other, [2]).environments.get(other)!)
    writer.put([{ at: begin + i * 10_000, environments }], [])
    if (i % 100 === 99) await writer.write()
  }
  await compact(db, stored, begin + 50 * minute)
  const cases: [environmentIds: string[], base: 10 | 60 | 3600][] = [
    [[one], 10],
    [[one, two, nowhere], 10],
    [[one, two], 60],
    [[one, two], 3600],
  ]
  for (const [environmentIds, base] of cases) {
    const time = { from: begin - day, to: begin + 400 * day, base }
    const whole = await readWindows(db, stored, time, environmentIds)
    let turns = 0
    let isOver = false
    const someoneElse = () => {
      turns++
      if (!isOver) setImmediate(someoneElse)
    }
    setImmediate(someoneElse)
    const { found, mostRows, longReads } = await walk(stored, time, environmentIds)
    isOver = true
    assert.deepEqual(shown(found), shown(whole))
    assert.ok(
      found.every((window, i) => i === 0 || window.at >= found[i - 1]!.at),
      'in the order of time',
    )
    assert.ok(mostRows <= 60, `${mostRows} windows at once`)
    assert.ok(turns >= found.length / 10, `${turns} turns while ${found.length} windows were read`)
    assert.equal(longReads, whole.length >= 1500 ? 1 : 0)
  }
})

test('frames tell each moment once and in order, however much of it is merged', async () => {
  const { writer, windows: stored } = process()
  const end = begin + 5 * hour
  // The server tells of itself in every window, the environment in some; for a while nothing ran.
  for (let at = begin; at < end; at += 10_000) {
    const isAway = at >= begin + 100 * minute && at < begin + 130 * minute
    if (isAway) continue
    const { environments } = windowOf(at, nowhere, [])
    if (at % 50_000 === 0) environments.set(one, windowOf(at, one, [1]).environments.get(one)!)
    writer.put([{ at, environments }], [])
    if ((at - begin) % (10 * minute) === 0) await writer.write()
  }
  await writer.write()
  for (const mergedUpTo of [begin, begin + 2 * hour + 7 * minute, end]) {
    await compact(db, stored, mergedUpTo)
    const time = { from: begin, minutesFrom: begin + 100 * minute, secondsFrom: end - 33 * minute, to: end }
    let before = begin
    let measuredMs = 0
    let count = 0
    for await (const { at, stepMs, own } of readFrames(db, stored, one, time)) {
      assert.ok(at >= before, 'no moment is told twice')
      before = at + stepMs
      measuredMs += stepMs
      if (own !== undefined) count += totalOf([own], operationAt, 'request').all.count
    }
    assert.equal(before, end)
    let counted = 0
    for await (const { requests } of readRequestCounts(db, stored, one, time, operationAt))
      counted += requests
    assert.equal(counted, count)
    assert.equal(count, (270 * minute) / 50_000)
    // An hour of which half was counted is told as a whole.
    assert.ok(measuredMs >= 270 * minute && measuredMs <= 300 * minute, `${measuredMs / minute} minutes`)
  }
})

test('what two processes have counted in the same ten seconds is added', async () => {
  const [first, second] = [process(), process()]
  first.writer.put([windowOf(begin, one, [1, 2])], [])
  second.writer.put([windowOf(begin, one, [4])], [])
  await Promise.all([first.writer.write(), second.writer.write()])
  assert.equal(await countWindows(10), 1)
  assert.equal((await first.total(begin, begin + minute, 10)).count, 3)
})

test('what has not been merged yet is read from shorter windows', async () => {
  const { clock, writer, total } = process()
  writer.put([windowOf(begin, one, [1]), windowOf(begin + 10 * minute, one, [2])], [])
  await writer.write()
  clock.ms = begin + 5 * minute
  await writer.tidy()
  assert.equal(await countWindows(60), 1)
  assert.equal((await total(begin, begin + hour, 60)).count, 2)
  assert.equal((await total(begin, begin + hour, 3600)).count, 2)
})

test('after a night without the server what it left is merged before it is removed', async () => {
  const before = process()
  before.writer.put([windowOf(begin, one, [1, 2, 3]), windowOf(begin + 30 * minute, one, [4])], [])
  await before.writer.write()
  const { clock, writer, total } = process()
  clock.ms = begin + 10 * day
  await writer.tidy()
  assert.equal(await countWindows(10), 0)
  assert.equal(await countWindows(60), 0)
  assert.equal(await countWindows(3600), 1)
  assert.equal((await total(begin, begin + hour, 3600)).count, 4)
  clock.ms = begin + 401 * day
  await writer.tidy()
  assert.equal(await countWindows(3600), 0)
})

test('what an environment leaves behind is removed, and no more requests are kept than may be', async () => {
  const { clock, writer } = process()
  const gone = '33333333-3333-3333-3333-333333333333'
  const kept = (environmentId: string, at: number): KeptRequest => ({
    environmentId,
    at,
    reason: 'slow',
    operation: list.name,
    path: '/data/tasks',
    status: 200,
    code: null,
    durationUs: 1,
    databaseUs: 1,
    statementCount: 1,
    rows: 0,
    bytesIn: 0,
    bytesOut: 0,
    caller: 'user',
    requestId: `r${at}`,
    statements: [
      { text: 'select $1', isPlannable: true, count: 1, durationUs: 1, slowestUs: 1, rows: 1 },
      { text: 'commit', isPlannable: false, count: 1, durationUs: 1, slowestUs: 1, rows: 0 },
    ],
  })
  writer.put(
    [windowOf(begin, gone, [1]), windowOf(begin, two, [1]), windowOf(begin, nowhere, [1])],
    [
      kept(gone, begin),
      kept(two, begin - 15 * day),
      ...[1, 2, 3, 4, 5].map(ms => kept(one, begin + ms)),
      { ...kept(two, begin), statements: [] },
    ],
  )
  await writer.write()
  clock.ms = begin + 5 * minute
  await writer.tidy()
  const rows = await db.query<{ id: string; request: string }>(sql`
    select environment_id::text as id, request_id as request from cloudbox.monitoring_requests order by id, request_id`)
  assert.deepEqual(
    rows.map(({ id, request }) => [id, Number(request.slice(1)) - begin]),
    [
      [one, 3],
      [one, 4],
      [one, 5],
      [two, 0],
    ],
  )
  const environments = await db.query<{ id: string }>(
    sql`select distinct environment_id::text as id from cloudbox.monitoring_windows order by id`,
  )
  // What the server tells of itself belongs to no environment, and stays.
  assert.deepEqual(environments, [{ id: nowhere }, { id: two }])
})

test('while the database is away an hour is kept, and written when it is back', async () => {
  let isAway = true
  const lost: object[] = []
  const away = () => Promise.reject(new Error('away'))
  const flaky: Database = {
    ...db,
    query: (...args: Parameters<Database['query']>) => (isAway ? away() : db.query(...args)) as never,
    transaction: (...args: Parameters<Database['transaction']>) =>
      (isAway ? away() : db.transaction(...args)) as never,
  }
  const { total } = process()
  const operations = new OperationsTable(observer)
  const writer = new Writer({
    db: flaky,
    clock: { now: () => begin, onJump: () => () => {} },
    log: { ...silentLog, warn: (_event, fields = {}) => lost.push(fields) },
    observer,
    operations,
    windows: new StoredWindows(flaky, operations),
    retention: keep,
    environmentIds: async () => [one, two],
  })
  for (let i = 0; i < 400; i++) {
    writer.put([windowOf(begin + i * 10_000, one, [1])], [])
    await assert.rejects(writer.write())
  }
  assert.equal(lost.length, 40)
  isAway = false
  // Who hears of what was written hears of all that waited.
  const written = await writer.write()
  assert.deepEqual([written.length, written[0]!.at], [360, begin + 40 * 10_000])
  assert.equal((await total(begin, begin + 2 * hour, 10)).count, 360)
  // Nothing is written twice.
  assert.deepEqual(await writer.write(), [])
  assert.equal((await total(begin, begin + 2 * hour, 10)).count, 360)
})

test('forgetting removes nothing that is young enough', async () => {
  const { writer } = process()
  writer.put([windowOf(begin, one, [1])], [])
  await writer.write()
  await forget(db, keep, begin + 2 * hour, [one])
  assert.equal(await countWindows(10), 1)
  await forget(db, keep, begin + 2 * hour + 1, [one])
  assert.equal(await countWindows(10), 0)
})
