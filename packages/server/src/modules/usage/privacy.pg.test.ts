import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { peopleError, type PersonalKind, type UsageAudit, type UsageReply } from '@cloudbox/protocol/usage'
import type { Kernel } from '../../kernel/kernel.ts'
import { defineModule } from '../../kernel/module.ts'
import { Observation } from '../../kernel/observation.ts'
import { raw, sql } from '../../kernel/sql.ts'
import { uuidV7 } from '../../lib/uuid-v7.ts'
import { drivenClock } from '../../testing/driven-clock.ts'
import { setUpOwner, signIn } from '../../testing/management.ts'
import { startTestServer } from '../../testing/start-test-server.ts'
import { silentLog } from '../../testing/test-cluster.ts'
import { addDays, beginOf, dayMs, dayOf, msOf } from './people/periods.ts'

const clock = drivenClock(msOf(beginOf('week', Date.now())) + 10 * 3_600_000)
let kernel: Kernel | undefined
/** Shows what everything is told to. */
const window = defineModule({
  name: 'window',
  start(given) {
    kernel = given
    return {}
  },
})
const server = await startTestServer(
  { after },
  {
    clock,
    log: silentLog,
    extraModules: [window],
    argv: ['--monitoring-refused-percent', '100', '--monitoring-kept-per-minute', '1000'],
  },
)

before(async () => {
  const owner = await setUpOwner(server, 'acme')
  await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
  await owner.ask('POST', '/projects/shop/environments', { name: 'live', dev: true })
})

async function audit(): Promise<UsageAudit> {
  const owner = await signIn(server, 'owner@example.com')
  const { status, body } = await owner.ask('GET', '/organisations/acme/usage/audit')
  assert.equal(status, 200, JSON.stringify(body))
  return body as UsageAudit
}

const days = 4
const requests = 1_000_000
/** Requests that come one after another from the same browser. */
const perVisit = 10
const visitorsADay = 20_000
const users = 10_000
const email = (n: number) => `person.${n}+tag@mail-${n % 97}.example.com`
const v4 = (n: number) => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`
const v6 = (n: number) => `2001:db8:${(n >> 12).toString(16)}:${(n & 4095).toString(16)}::${(n % 251) + 1}`

/** Five standard errors: one run in two million is further away. */
function assertNear(told: number, exact: number, what: string): void {
  assert.ok(Math.abs(told - exact) <= 5 * peopleError * exact, `${what}: ${told}, there were ${exact}`)
}

test('of a million requests full of addresses none is stored, and the numbers are right', async () => {
  const { observer, gate } = kernel!
  const environment = gate.findEnvironment('shop', 'live')
  const operations = ['GET /data/:collection', 'POST /data/:collection', 'GET /data/:collection/:id'].map(
    name => observer.operation('request', name),
  )
  const uids = Array.from({ length: users }, () => uuidV7(clock.now()))
  const firstDay = dayOf(clock.now())
  const perDay = requests / days
  const addresses = Array.from({ length: visitorsADay }, (_, n) => (n % 2 === 0 ? v4(n) : v6(n)))
  const agents = Array.from(
    { length: visitorsADay },
    (_, n) => `Browser/${n % 7} (contact ${email(n)}; ${v4(n)})`,
  )
  const mails = Array.from({ length: 5000 }, (_, n) => email(n))
  for (let day = 0; day < days; day++) {
    for (let n = 0; n < perDay; n++) {
      const visit = Math.floor(n / perVisit)
      const visitor = visit % visitorsADay
      const mail = mails[n % mails.length]!
      const observation = new Observation(operations[n % 3]!)
      observation.environment = environment
      observation.caller = visit % 2 === 0 ? 'user' : 'anonymous'
      if (visit % 2 === 0) observation.user = uids[(visit / 2 + day * 1000) % users]
      observation.ip = addresses[visitor]!
      observation.userAgent = agents[visitor]!
      observation.url = `/shop/live/v1/data/${mail}/${addresses[visitor]}?mail=eq.${mail}&${mail}=1&ip=${addresses[visitor]}`
      observation.requestId = `r-${n}`
      observation.status = n % 50 === 0 ? 404 : n % 1000 === 1 ? 500 : 200
      observation.durationMs = n % 2000 === 3 ? 900 : 2
      observation.bytesIn = 10
      observation.bytesOut = 100
      observer.done(observation)
      // Windows of ten seconds turn, as they would.
      if (n % 50_000 === 49_999) await clock.advance(60_000)
    }
    await clock.advance(dayMs)
  }

  // Through the doors as well: in paths, queries, headers and bodies.
  const key = await server.server().platform.ensurePublishableKey(environment!.id)
  const ask = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    fetch(`${server.url}/shop/live/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body }),
    }).then(answer => answer.text())
  for (let n = 0; n < 25; n++) {
    const headers = {
      apikey: key,
      'user-agent': agents[n]!,
      'x-forwarded-for': v4(n),
      from: email(n),
      cookie: `mail=${email(n)}`,
    }
    const path = `/data/${encodeURIComponent(email(n))}?mail=eq.${email(n)}&ip=eq.${v4(n)}`
    await ask('GET', path, headers)
    const body = JSON.stringify({ email: email(n), password: `from ${v6(n)}` })
    await ask('POST', '/auth/sign-in', headers, body)
    await ask('POST', `/data/people?${email(n)}=${v4(n)}`, headers, `{"broken ${email(n)}`)
  }
  await clock.advance(60_000)

  const lastDay = addDays(firstDay, days - 1)
  const owner = await signIn(server, 'owner@example.com')
  const { body } = await owner.askIn('shop/live', 'GET', `/usage/days?from=${firstDay}&to=${lastDay}`)
  const usage = body as UsageReply
  assert.equal(usage.days.length, days)
  for (const one of usage.days) {
    assert.equal(one.requests, perDay)
    assert.equal(one.bytesOut, 100 * perDay)
    assertNear(one.visitors, visitorsADay, `visitors on ${one.day}`)
    assertNear(one.users, users, `users on ${one.day}`)
  }
  assertNear(usage.weeks[0]!.users, users, 'users of the week')

  const verdict = await audit()
  assert.deepEqual(verdict.found, [])
  assert.equal(verdict.isClean, true)
  const rowsOf = (table: string) => verdict.tables.find(one => one.table === table)!.rows
  assert.ok(rowsOf('usage_days') >= 3 * days)
  assert.ok(rowsOf('usage_people') >= 2 * days)
  assert.ok(rowsOf('monitoring_requests') > 1000, `${rowsOf('monitoring_requests')} requests were kept`)
  // What the audit does not know is looked for here: any of the names, whatever is around it.
  for (const { table } of verdict.tables) {
    const [row] = await server.db.query<{ n: number }>(
      sql`select count(*)::int as n from cloudbox.${raw(table)} t where t::text ~* 'person[.]|example|2001:db8|10[.]0[.]'`,
    )
    assert.equal(row!.n, 0, table)
  }
})

test('the audit finds one of each kind, wherever it is, and says where', async () => {
  const kept = sql`insert into cloudbox.monitoring_requests (environment_id, at, reason, operation, path, status, code, duration_us,
    database_us, statement_count, rows, bytes_in, bytes_out, caller, request_id, statements)`
  const plants: [statement: ReturnType<typeof sql>, table: string, column: string, kind: PersonalKind][] = [
    [
      sql`${kept} select environment_id, at, reason, operation, '/data/ada%40example.com', 200, null, 1, 1, 1, 1, 1, 1, caller, 'x', '{}'
        from cloudbox.monitoring_requests limit 1`,
      'monitoring_requests',
      'path',
      'email',
    ],
    [
      sql`insert into cloudbox.monitoring_statements (hash, text, is_plannable, used_on)
        values ('\\x01', 'select 1 where ip = ''192.0.2.44''', true, now())`,
      'monitoring_statements',
      'text',
      'ipv4',
    ],
    [
      sql`insert into cloudbox.usage_salts (period, begins, salt)
        values ('day', '2020-01-01', convert_to('2001:db8::8a2e:370:7334', 'utf8'))`,
      'usage_salts',
      'salt',
      'ipv6',
    ],
  ]
  for (const [statement, table, column, kind] of plants) {
    await server.db.query(statement)
    const { isClean, found } = await audit()
    assert.equal(isClean, false)
    const told = found.find(one => one.table === table)
    assert.deepEqual([told?.column, told?.kind, told?.rows], [column, kind, 1], JSON.stringify(found))
    assert.doesNotMatch(told!.sample, /example|192\.0|db8/)
  }
})

test('one audit runs at a time, and who asks for another is told so', async () => {
  const owner = await signIn(server, 'owner@example.com')
  const ask = () => owner.ask('GET', '/organisations/acme/usage/audit')
  const asked: ReturnType<typeof ask>[] = []
  await server.db.transaction(async tx => {
    await tx.query(sql`lock table cloudbox.usage_days in access exclusive mode`)
    asked.push(ask(), ask())
    const { status, body } = await Promise.race(asked)
    assert.equal(status, 409)
    assert.equal((body as { code: string }).code, 'usage/audit-running')
  })
  const statuses = (await Promise.all(asked)).map(({ status }) => status)
  assert.deepEqual(statuses.toSorted(), [200, 409])
  assert.equal((await ask()).status, 200)
})

test('rows of another organisation are left to that one', async () => {
  await server.db.query(sql`
    insert into cloudbox.usage_days values (now(), ${server.environment.id}, 'none', 'GET /eve@example.com', 1, 0, 0, 0, 0)`)
  const { found } = await audit()
  assert.equal(
    found.some(({ table }) => table === 'usage_days'),
    false,
  )
})
