import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type {
  EndpointsReply,
  KeysReply,
  RetentionReply,
  UsageOverview,
  UsageReply,
} from '@cloudbox/protocol/usage'
import { sql } from '../../kernel/sql.ts'
import { uuidV7 } from '../../lib/uuid-v7.ts'
import { drivenClock } from '../../testing/driven-clock.ts'
import { setUpOwner } from '../../testing/management.ts'
import { SocketClient } from '../../testing/socket-client.ts'
import { startTestServer } from '../../testing/start-test-server.ts'
import { addDays, beginOf, dayMs, msOf } from './people/periods.ts'

// Tokens end by this clock, so it begins near the present: on a Monday, so that days of a week are known.
const monday = beginOf('week', Date.now())
const minuteMs = 60_000
const clock = drivenClock(msOf(monday) + 10 * 3_600_000)
const server = await startTestServer({ after }, { clock })
const { publishableKey, secretKey } = server

async function read<T>(path: string): Promise<T> {
  const { status, body } = await server.request('GET', `/usage/${path}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body as T
}

/** Asks for something as a user, or as nobody. */
async function visit(browser: string, uid?: string): Promise<void> {
  const authorization = uid === undefined ? {} : { authorization: `Bearer ${await server.token(uid)}` }
  const { status } = await server.request('GET', '/data/tasks', {
    headers: { apikey: publishableKey, 'user-agent': browser, ...authorization },
  })
  assert.equal(status, 200)
}

const on = (reply: UsageReply, day: string) => reply.days.find(one => one.day === day)!
const of = <T extends { operation: string }>(list: readonly T[], operation: string) =>
  list.find(one => one.operation === operation)

test('requests and data are told by day, endpoint and key', async () => {
  await server.request('POST', '/data/$collections', {
    body: {
      name: 'tasks',
      fields: { title: { type: 'text' } },
      policies: { list: 'public("for the test")' },
    },
  })
  for (let i = 0; i < 3; i++) await server.request('POST', '/data/tasks', { body: { title: `task ${i}` } })
  for (let i = 0; i < 4; i++) await visit('Firefox')
  await server.request('GET', '/data/nowhere')
  await server.request('GET', '/data/tasks', { headers: { apikey: 'wrong' } })
  await clock.advance(minuteMs)

  const reply = await read<UsageReply>('days')
  assert.equal(reply.days.length, 30)
  assert.deepEqual([reply.from, reply.to], [addDays(monday, -29), monday])
  const today = on(reply, monday)
  assert.deepEqual([today.requests, today.refused, today.errors], [10, 2, 0])
  assert.ok(today.bytesIn > 3 * 16 && today.bytesOut > 100)
  assert.deepEqual(reply.total, {
    requests: 10,
    refused: 2,
    errors: 0,
    bytesIn: today.bytesIn,
    bytesOut: today.bytesOut,
  })

  const { endpoints } = await read<EndpointsReply>('endpoints')
  assert.deepEqual(
    endpoints
      .filter(({ operation }) => operation.startsWith('GET /data'))
      .map(one => [one.operation, one.requests]),
    [['GET /data/:collection', 6]],
  )
  assert.equal(of(endpoints, 'POST /data/:collection')!.requests, 3)
  assert.equal((await read<EndpointsReply>('endpoints?limit=1')).endpoints.length, 1)

  const { keys } = await read<KeysReply>('keys')
  assert.deepEqual(
    keys.map(({ source, kind, requests }) => [source, kind, requests]),
    [
      ['key', 'secret', 5],
      ['key', 'publishable', 4],
      ['none', null, 1],
    ],
  )
})

test('users are counted by day, week and month, visitors by day, and programs not at all', async () => {
  const [ada, bob] = [uuidV7(clock.now()), uuidV7(clock.now())]
  await visit('Firefox', ada)
  await visit('Chrome', ada)
  await visit('Chrome', bob)
  await visit('Safari')
  await server.request('GET', '/data/tasks', { headers: { apikey: secretKey, 'user-agent': 'Program' } })
  await clock.advance(minuteMs)
  const first = await read<UsageReply>('days')
  assert.deepEqual([on(first, monday).users, on(first, monday).visitors], [2, 3])

  await clock.advance(dayMs)
  await visit('Firefox', ada)
  await visit('Firefox', 'somebody with a token of another kind')
  await clock.advance(minuteMs)
  const second = await read<UsageReply>('days')
  const tuesday = addDays(monday, 1)
  assert.deepEqual([on(second, tuesday).users, on(second, tuesday).visitors], [2, 1])
  assert.deepEqual([on(second, monday).users, on(second, monday).visitors], [2, 3])
  assert.deepEqual(second.weeks, [{ begins: monday, users: 3, isOver: false, interrupted: false }])
  const month = second.months.find(({ begins }) => begins === beginOf('month', clock.now()))!
  // A month that began on that Tuesday has seen one less.
  assert.equal(month.users, month.begins === tuesday ? 2 : 3)
})

test('the salt of a day goes with the day, and with it the sketches; the same salts serve after a new start', async () => {
  const salts = () =>
    server.db.query<{ period: string; begins: string; salt: string }>(
      sql`select period, begins::text, encode(salt, 'hex') as salt from cloudbox.usage_salts order by 1, 2`,
    )
  const tuesday = addDays(monday, 1)
  const before = await salts()
  assert.deepEqual(
    before.map(({ period, begins }) => `${period} ${begins}`),
    [`day ${tuesday}`, `month ${beginOf('month', clock.now())}`, `week ${monday}`],
  )
  assert.ok(before.every(({ salt }) => salt.length === 64))
  const [old] = await server.db.query<{ n: number }>(sql`
    select count(*)::int as n from cloudbox.usage_people where period = 'day' and begins = ${monday} and sketch is not null`)
  assert.equal(old!.n, 0)
  const [kind] = await server.db.query<{ persistence: string }>(
    sql`select relpersistence as persistence from pg_class where oid = 'cloudbox.usage_salts'::regclass`,
  )
  assert.equal(kind!.persistence, 'u')

  await visit('Firefox')
  await server.restart()
  await visit('Firefox')
  await clock.advance(minuteMs)
  assert.deepEqual(await salts(), before)
  assert.equal(on(await read<UsageReply>('days'), tuesday).visitors, 1)

  // A file that is deleted only would still have it.
  const file = async () => {
    const [row] = await server.db.query<{ file: string }>(
      sql`select pg_relation_filepath('cloudbox.usage_salts') as file`,
    )
    return row!.file
  }
  const fileBefore = await file()
  await clock.advance(dayMs)
  assert.notEqual(await file(), fileBefore)
})

test('who stays connected is there each day', async t => {
  const cora = uuidV7(clock.now())
  const client = new SocketClient(server.environmentUrl, publishableKey)
  t.after(() => client.close())
  await client.greet(await server.token(cora, { exp: Math.floor(clock.now() / 1000) + 10 * 86_400 }))
  await client.frame('welcome')
  await clock.advance(minuteMs)
  const wednesday = addDays(monday, 2)
  assert.equal(on(await read<UsageReply>('days'), wednesday).users, 1)
})

test('of those whose accounts are of one week it is told how many came back', async () => {
  // Of the week before last, this week and the next.
  const thisWeek = beginOf('week', clock.now())
  const old = Array.from({ length: 6 }, () => uuidV7(clock.now()))
  for (const user of old) await visit('Firefox', user)
  await clock.advance(minuteMs)
  const before = (await read<RetentionReply>('retention')).cohorts.find(({ week }) => week === thisWeek)!
  await clock.advance(7 * dayMs)
  const young = uuidV7(clock.now())
  for (const user of [...old.slice(0, 5), young]) await visit('Firefox', user)
  await clock.advance(7 * dayMs)
  for (const user of [...old.slice(0, 4), young]) await visit('Firefox', user)
  await clock.advance(minuteMs)
  const { cohorts, counting, fewest } = await read<RetentionReply>('retention')
  assert.equal(counting, monday)
  // Of few, and of nobody, no number is told: it would say what one of them did.
  assert.equal(fewest, 5)
  assert.ok(before.users[0]! >= old.length)
  assert.deepEqual(cohorts, [
    { week: monday, users: [before.users[0], 5, null], isFew: [false, false, true] },
    { week: addDays(monday, 7), users: [null, null], isFew: [true, true] },
  ])
  assert.deepEqual((await read<RetentionReply>('retention?weeks=1')).cohorts, [])
  const { weeks } = await read<UsageReply>('days')
  assert.deepEqual(
    weeks.map(({ users, isOver }) => [users, isOver]),
    [
      [10, true],
      [6, true],
      [5, false],
    ],
  )
})

test('a crash of Postgres, which empties the salts, is told with the numbers it makes too high', async () => {
  await visit('Firefox', 'dora')
  await clock.advance(minuteMs)
  const before = (await read<UsageReply>('days')).weeks.at(-1)!
  await server.db.query(sql`truncate cloudbox.usage_salts`)
  await server.restart()
  await visit('Firefox', 'dora')
  await clock.advance(minuteMs)
  const { weeks } = await read<UsageReply>('days')
  assert.deepEqual(weeks.at(-1), { ...before, users: before.users + 1, interrupted: true })
})

test('days are asked as they are written, and what is asked wrongly is told with its place', async () => {
  const reply = await read<UsageReply>(`days?from=${monday}&to=${addDays(monday, 1)}`)
  assert.deepEqual(
    reply.days.map(({ day }) => day),
    [monday, addDays(monday, 1)],
  )
  const cases: [path: string, at: string][] = [
    ['days?from=yesterday', '?/from'],
    ['days?from=2026-02-30', '?/from'],
    ['days?to=-1d&from=-0d', '?/from'],
    ['days?from=-2000d', '?/from'],
    ['endpoints?limit=0', '?/limit'],
    ['retention?weeks=99', '?/weeks'],
  ]
  for (const [path, at] of cases) {
    const { status, body } = await server.request('GET', `/usage/${path}`)
    assert.equal(status, 422, path)
    assert.equal((body as { errors: { at: string }[] }).errors[0]!.at, at, path)
  }
})

test('operators see the environments of their organisation and of a project, and no others', async () => {
  const owner = await setUpOwner(server)
  await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
  await owner.ask('POST', '/projects/shop/environments', { name: 'live', dev: true })
  await owner.askIn('shop/live', 'GET', '/data/$collections')
  await clock.advance(minuteMs)
  for (const path of ['/organisations/acme/usage', '/projects/shop/usage']) {
    const { status, body } = await owner.ask('GET', path)
    assert.equal(status, 200, JSON.stringify(body))
    const { environments, total } = body as UsageOverview
    assert.deepEqual(
      environments.map(({ project, environment, requests, users }) => ({
        project,
        environment,
        requests,
        users,
      })),
      [{ project: 'shop', environment: 'live', requests: 1, users: { day: 0, week: 0, month: 0 } }],
    )
    assert.equal(total.requests, 1)
  }
  const { body } = await owner.askIn('shop/live', 'GET', '/usage/keys')
  assert.deepEqual(
    (body as KeysReply).keys.map(({ source, requests }) => [source, requests]),
    [['operator', 1]],
  )
  assert.equal((await owner.ask('GET', '/organisations/test/usage')).status, 404)
  assert.equal((await owner.ask('GET', '/projects/test/usage')).status, 404)
})
