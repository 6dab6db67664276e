import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type {
  MarkersReply,
  NowReply,
  OperationsReply,
  RequestReply,
  RequestsReply,
  SeriesReply,
} from '@cloudbox/protocol/monitoring'
import { route } from '../../kernel/route.ts'
import { defineModule } from '../../kernel/module.ts'
import { sql } from '../../kernel/sql.ts'
import { setUpOwner } from '../../testing/management.ts'
import { silentLog } from '../../testing/test-cluster.ts'
import { startTestServer } from '../../testing/start-test-server.ts'
import { platform } from '../platform/module.ts'
import { drivenClock } from '../../testing/driven-clock.ts'

// Tokens and keys end by this clock, so it begins at the present; at the beginning of an hour, so that windows are known.
const hourMs = 3_600_000
const clock = drivenClock(Math.floor(Date.now() / hourMs) * hourMs)

/** Endpoints that do what is asked of them. */
const playground = defineModule({
  name: 'playground',
  needs: { platform },
  start({ db }) {
    return {
      routes: [
        route(
          'GET /playground/:person',
          { summary: 'Reads', access: 'secret', permission: 'documents.read' },
          async () => {
            await db.query(sql`select count(*) as n from pg_class where relname > ${'a'}`)
            await db.query(sql`select pg_sleep(${0.25}::float8)`)
            return { json: {} }
          },
        ),
        route(
          'POST /playground',
          { summary: 'Fails', access: 'secret', permission: 'documents.write' },
          () => {
            throw new Error('as asked')
          },
        ),
      ],
    }
  },
})

const server = await startTestServer(
  { after },
  {
    clock,
    extraModules: [playground],
    argv: [
      '--monitoring-slow-ms',
      '200',
      '--monitoring-refused-percent',
      '100',
      '--monitoring-kept-per-minute',
      '100',
    ],
    log: silentLog,
  },
)
const other = await server.server().platform.ensureEnvironment({
  organisation: 'test',
  project: 'test',
  name: 'other',
  dev: true,
})
const otherKey = await server.server().platform.createKey(other.id, 'secret')

async function read<T>(path: string): Promise<T> {
  const { status, body } = await server.request('GET', `/monitoring/${path}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body as T
}

async function readOther<T>(path: string): Promise<T> {
  const response = await fetch(`${server.url}/test/other/v1/monitoring/${path}`, {
    headers: { apikey: otherKey },
  })
  assert.equal(response.status, 200)
  return (await response.json()) as T
}

const sum = (values: readonly (number | null)[]) =>
  values.reduce<number>((all, value) => all + (value ?? 0), 0)

test('requests are told by operation, outcome and environment once their window is over', async () => {
  await server.request('POST', '/data/$collections', {
    body: { name: 'tasks', fields: { title: { type: 'text' } } },
  })
  for (let i = 0; i < 5; i++) await server.request('POST', '/data/tasks', { body: { title: `task ${i}` } })
  for (let i = 0; i < 20; i++) await server.request('GET', '/data/tasks?title=eq.nothing')
  await server.request('GET', '/data/nowhere')
  await server.request('POST', '/playground', { body: {} })
  await clock.advance(10_000)

  const { series, times, step } = await read<SeriesReply>(
    'series?metric=count,errors,refused,p95,database,bytesOut',
  )
  assert.equal(step, 10_000)
  const by = Object.fromEntries(series.map(one => [one.metric, one]))
  assert.equal(sum(by.count!.values), 28)
  assert.equal(by.count!.total, 28)
  assert.equal(by.errors!.total, 1)
  assert.equal(by.refused!.total, 1)
  assert.equal(by.count!.values.length, times.length)
  assert.ok(by.p95!.total! > 0 && by.database!.total! > 0 && by.bytesOut!.total! > 0)
  assert.equal(by.p95!.values.filter(value => value !== null).length, 1)

  const { operations } = await read<OperationsReply>('operations')
  const counts = Object.fromEntries(operations.map(one => [one.operation, one.count]))
  assert.deepEqual(counts, {
    'POST /data/$collections': 1,
    'POST /data/:collection': 5,
    'GET /data/:collection': 21,
    'POST /playground': 1,
    // The one before, of another window, is told here already.
  })
  const lists = operations.find(one => one.operation === 'GET /data/:collection')!
  assert.equal(lists.refused, 1)
  assert.ok(lists.p50 <= lists.p95 && lists.p95 <= lists.p99 && lists.p99 <= lists.max)
  assert.ok(lists.databaseShare > 0)

  const split = await read<SeriesReply>('series?metric=count&by=operation&top=1')
  assert.deepEqual(
    split.series.map(one => [one.operation, one.total]),
    [
      ['GET /data/:collection', 21],
      [null, 7],
    ],
  )
  const outcomes = await read<SeriesReply>('series?metric=count&by=outcome')
  assert.deepEqual(
    outcomes.series.map(one => [one.outcome, one.total]),
    [
      ['2xx', 26],
      ['3xx', 0],
      ['4xx', 1],
      ['5xx', 1],
    ],
  )
  assert.equal(
    (await read<SeriesReply>('series?metric=count&operation=POST%20/playground')).series[0]!.total,
    1,
  )
})

test('another environment sees nothing of it', async () => {
  assert.equal((await readOther<SeriesReply>('series?metric=count')).series[0]!.total, 0)
  assert.deepEqual((await readOther<OperationsReply>('operations')).operations, [])
  assert.deepEqual((await readOther<RequestsReply>('requests')).requests, [])
  const { requests } = await read<RequestsReply>('requests')
  const response = await fetch(`${server.url}/test/other/v1/monitoring/requests/${requests[0]!.id}`, {
    headers: { apikey: otherKey },
  })
  assert.equal(response.status, 404)
})

test('failed, refused and slow requests are kept, with their statements and the plan of the slowest', async () => {
  await server.request('GET', '/playground/bertha@example.com?name=Bertha&token=s3cret')
  await clock.advance(10_000)
  const { requests } = await read<RequestsReply>('requests?from=-5m')
  const told = requests.map(({ reason, operation, status, code, path, caller }) => ({
    reason,
    operation,
    status,
    code,
    path,
    caller,
  }))
  const own = { caller: 'secret' }
  assert.deepEqual(
    // On a busy machine others may have been slow as well.
    told
      .filter(({ reason, operation }) => reason !== 'slow' || operation === 'GET /playground/:person')
      // The order of those that ended at one time is nobody's promise.
      .toSorted((a, b) => b.reason.localeCompare(a.reason)),
    [
      {
        ...own,
        reason: 'slow',
        operation: 'GET /playground/:person',
        status: 200,
        code: null,
        path: '/playground/:person?name=*&token=*',
      },
      // The 404 of another environment asking for one of these is not ours.
      {
        ...own,
        reason: 'refused',
        operation: 'GET /data/:collection',
        status: 404,
        code: 'data/unknown-collection',
        path: '/data/nowhere',
      },
      {
        ...own,
        reason: 'failed',
        operation: 'POST /playground',
        status: 500,
        code: 'http/internal',
        path: '/playground',
      },
    ],
  )
  const { id } = requests.find(({ operation }) => operation === 'GET /playground/:person')!
  const slow = await read<RequestReply>(`requests/${id}`)
  assert.ok(slow.duration >= 250 && slow.database >= 250 && slow.database <= slow.duration)
  assert.deepEqual(
    slow.sql.map(({ text, count, rows }) => ({ text, count, rows })),
    [
      { text: 'select pg_sleep($1::float8)', count: 1, rows: 1 },
      { text: 'select count(*) as n from pg_class where relname > $1', count: 1, rows: 1 },
    ],
  )
  assert.equal(slow.planned, 'select pg_sleep($1::float8)')
  assert.equal((slow.plan as { 'Node Type': string })['Node Type'], 'Result')

  const [kept] = await server.db.query<{ everything: string }>(
    sql`select (select json_agg(r) from cloudbox.monitoring_requests r)::text || (select json_agg(s) from cloudbox.monitoring_statements s)::text as everything`,
  )
  assert.doesNotMatch(kept!.everything, /bertha|s3cret|127\.0\.0\.1/i)
})

test('kept requests are found by what they were, page by page', async () => {
  const ids = async (query: string) =>
    (await read<RequestsReply>(`requests?${query}`)).requests.map(one => one.operation)
  assert.deepEqual(await ids('status=5xx'), ['POST /playground'])
  assert.deepEqual(await ids('status=404'), ['GET /data/:collection'])
  assert.deepEqual(await ids('code=http/internal'), ['POST /playground'])
  assert.deepEqual(await ids('minMs=249&reason=slow&operation=GET%20/playground/:person'), [
    'GET /playground/:person',
  ])
  assert.deepEqual(await ids('to=-1d'), [])
  const first = await read<RequestsReply>('requests?limit=2')
  assert.equal(first.requests.length, 2)
  const second = await read<RequestsReply>(`requests?limit=200&after=${first.next}`)
  assert.equal(second.next, null)
  assert.ok(second.requests.length >= 1)
  assert.equal(
    new Set([...first.requests, ...second.requests].map(one => one.id)).size,
    first.requests.length + second.requests.length,
  )
})

test('what is asked wrongly is told with its place', async () => {
  const cases: [path: string, at: string][] = [
    ['series?metric=speed', '?/metric'],
    ['series?metric=count&from=yesterday', '?/from'],
    ['series?metric=count&from=-1h&to=-2h', '?/from'],
    ['series?metric=count&step=10&from=-2d', '?/step'],
    ['series?metric=count&to=99999999999999999', '?/to'],
    ['requests?status=teapot', '?/status'],
  ]
  for (const [path, at] of cases) {
    const { status, body } = await server.request('GET', `/monitoring/${path}`)
    assert.equal(status, 422, path)
    assert.equal((body as { errors: { at: string }[] }).errors[0]!.at, at, path)
  }
  assert.equal((await server.request('GET', '/monitoring/requests/999999')).status, 404)
  assert.equal((await server.request('GET', '/monitoring/requests/what')).status, 404)
})

let restartedAt = 0

test('what was counted stays the same when it is merged, and when the server starts again', async () => {
  const before = (await read<OperationsReply>('operations')).operations
  const countOf = async (query: string) =>
    (await read<SeriesReply>(`series?metric=count&${query}&operation=GET%20/data/:collection`)).series[0]!
      .total
  await clock.advance(120_000)
  const [minutes] = await server.db.query<{ n: number }>(
    sql`select count(*)::int as n from cloudbox.monitoring_windows where step = 60`,
  )
  assert.ok(minutes!.n > 0)
  assert.equal(await countOf('step=60'), 21)
  assert.equal(await countOf('from=-30m'), 21)
  restartedAt = clock.now()
  await server.restart()
  await clock.advance(2 * hourMs)
  const [hours] = await server.db.query<{ n: number }>(
    sql`select count(*)::int as n from cloudbox.monitoring_windows where step = 3600`,
  )
  assert.ok(hours!.n > 0)
  assert.equal(await countOf('from=-12h'), 21)
  assert.equal(await countOf('from=-12h&step=3600'), 21)
  // Windows of ten seconds are gone by now.
  await clock.advance(hourMs)
  const [seconds] = await server.db.query<{ n: number }>(sql`
    select count(*)::int as n from cloudbox.monitoring_windows
    where step = 10 and at < ${new Date(clock.now() - 2 * hourMs)}::timestamptz`)
  assert.equal(seconds!.n, 0)
  const { operations } = await read<OperationsReply>('operations?from=-1d')
  const of = (list: readonly { operation: string; p95: number }[]) =>
    list.find(one => one.operation === 'GET /data/:collection')!.p95
  assert.equal(of(operations), of(before))
})

test('markers tell of starts and changes of structure, with requests before and after', async () => {
  await server.request('POST', '/data/$collections', {
    body: { name: 'notes', fields: { text: { type: 'text' } } },
  })
  // The event comes with the change stream.
  for (let tries = 0; tries < 200; tries++) {
    const { markers } = await read<MarkersReply>('markers?from=-2d')
    const found = markers.filter(({ subject }) => subject === 'notes')
    if (found.length === 0) {
      await new Promise(resolve => setTimeout(resolve, 20))
      continue
    }
    assert.deepEqual(
      found.map(({ kind, title }) => ({ kind, title })),
      [{ kind: 'schema', title: 'collection.created' }],
    )
    // The second start had requests before it, and none after. The database it began with has one by the time of the machine.
    const second = markers.find(({ kind, at }) => kind === 'start' && at === restartedAt)
    assert.ok(
      second !== undefined && second.before.count > 20 && second.before.p95 !== null,
      JSON.stringify(markers),
    )
    assert.deepEqual(second.after, { count: 0, p95: null, errorRate: null })
    const { markers: theirs } = await readOther<MarkersReply>('markers?from=-2d')
    assert.ok(theirs.every(({ subject }) => subject !== 'notes'))
    return
  }
  assert.fail('the marker did not come')
})

test('how everything is now', async () => {
  const now = await read<NowReply>('now')
  assert.equal(now.processes.length, 1)
  assert.equal(now.processes[0]!.pid, process.pid)
  assert.ok(now.processes[0]!.pool.open > 0)
  assert.ok(now.environment.storage > 0)
  assert.ok(now.database.slotLag !== null && now.database.slotLag >= 0)
  assert.ok(now.database.connections > 0)
  const levels = await read<SeriesReply>('series?metric=memory,storage,slotLag,poolBusy,eventLoop')
  assert.equal(levels.series.length, 5)
})

test('operators see all environments of their organisation, and no others', async () => {
  const owner = await setUpOwner(server)
  await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
  await owner.ask('POST', '/projects/shop/environments', { name: 'live', dev: true })
  await owner.askIn('shop/live', 'GET', '/data/$collections')
  await owner.askIn('shop/live', 'GET', '/data/$collections')
  await clock.advance(10_000)
  const base = '/organisations/acme/monitoring'
  const { body: environments } = await owner.ask('GET', `${base}/environments`)
  assert.deepEqual(
    (
      environments as { environments: { project: string; environment: string; count: number }[] }
    ).environments.map(({ project, environment, count }) => ({ project, environment, count })),
    [{ project: 'shop', environment: 'live', count: 2 }],
  )
  const { body: series } = await owner.ask('GET', `${base}/series?metric=count`)
  assert.equal((series as SeriesReply).series[0]!.total, 2)
  const { body: operations } = await owner.ask('GET', `${base}/operations`)
  assert.deepEqual(
    (operations as OperationsReply).operations.map(({ operation, count }) => [operation, count]),
    [['GET /data/$collections', 2]],
  )
  assert.equal((await owner.ask('GET', '/organisations/test/monitoring/environments')).status, 404)
})
