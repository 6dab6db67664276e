import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Caller } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import type { Reply } from '../../../kernel/route.ts'
import { toStatement } from '../../../kernel/sql.ts'
import { startTestServer, type TestServer } from '../../../testing/start-test-server.ts'
import { createCatalog, type Catalog } from '../collections/catalog.ts'
import { documentRoutes } from './routes.ts'
import { SlowLists } from './slow-lists.ts'
import { testSecret } from '../../../testing/callers.ts'

// How often a request asks the database: once, whatever it asks for, and not at all when the answer is known.

const cleanups: (() => Promise<void>)[] = []
let server: TestServer
let catalog: Catalog
const statements: string[] = []

before(async () => {
  server = await startTestServer({ after: work => void cleanups.push(work) })
  const make = async (body: unknown) => {
    const { status, body: made } = await server.request('POST', '/data/$collections', { body })
    assert.equal(status, 201, JSON.stringify(made))
  }
  await make({
    name: 'people',
    fields: { name: { type: 'text', unique: true } },
    policies: { list: 'public("test")' },
  })
  await make({
    name: 'todos',
    fields: {
      title: { type: 'text' },
      owner: { type: 'text' },
      done: { type: 'boolean' },
      author: { type: 'relation', to: 'people' },
    },
    policies: {
      list: 'doc.owner == auth.uid && doc.done == true',
      create: 'next.owner == auth.uid',
      update: 'doc.owner == auth.uid && next.owner == doc.owner',
      delete: 'doc.owner == auth.uid',
    },
  })
  const body = Array.from({ length: 40 }, (_, i) => ({ title: `t${i}`, owner: 'ann', done: i < 3 }))
  assert.equal((await server.request('POST', '/data/todos', { body })).status, 201)
  catalog = createCatalog(server.db)
  await catalog.collections(server.environment)
})
after(async () => {
  for (const work of cleanups) await work()
})

/** Calls a route with a database that writes down what it is asked. */
async function call(
  on: string,
  caller: Caller,
  { query = '', id = '', body = undefined as unknown, dev = false } = {},
): Promise<Reply> {
  statements.length = 0
  const db: Database = {
    ...server.db,
    query: question => {
      statements.push('text' in question ? question.text : toStatement(question).text)
      return server.db.query(question)
    },
  }
  const route = documentRoutes({
    db,
    catalog,
    idempotencyHours: 24,
    maxExports: 1,
    exportTimeoutMs: 60_000,
    slowLists: new SlowLists(),
  }).find(({ method, path }) => `${method} ${path}` === on)!
  const request = {
    environment: { ...server.environment, dev },
    caller,
    params: { collection: 'todos', id },
    queryText: query,
    body,
    headers: {},
    ip: '127.0.0.1',
  }
  return route.handle(request as never)
}

const ann: Caller = { kind: 'user', uid: 'ann', claims: {}, expiresAtMs: Infinity }
const eve: Caller = { kind: 'user', uid: 'eve', claims: {}, expiresAtMs: Infinity }
const anonymous: Caller = { kind: 'anonymous' }

const asked: [title: string, count: number, () => Promise<Reply>][] = [
  [
    'a list with policy, filter, count and page',
    1,
    () => call('GET /data/:collection', ann, { query: 'title=like.t*&order=title&limit=2&count=exact' }),
  ],
  [
    'a list with embedded relations',
    1,
    () => call('GET /data/:collection', ann, { query: 'select=title,author(name,todos(title))' }),
  ],
  [
    'groups with policy, having and count',
    1,
    () => call('GET /data/:collection', ann, { query: 'select=done,n:count()&having=n.gt.1&count=exact' }),
  ],
  [
    'an insert that the policy judges',
    1,
    () => call('POST /data/:collection', ann, { body: [{ owner: 'ann' }, { owner: 'ann' }] }),
  ],
  [
    'an update that the policy judges before and after',
    1,
    () => call('PATCH /data/:collection', ann, { query: 'title=eq.t1', body: { title: 'x' } }),
  ],
  ['an upsert', 1, () => call('PUT /data/:collection', ann, { body: [{ owner: 'ann' }] })],
  ['a delete', 1, () => call('DELETE /data/:collection', ann, { query: 'title=eq.t2' })],
  ['a list of nothing', 0, () => call('GET /data/:collection', anonymous, { query: 'title=eq.x' })],
  ['a filter that nothing can fulfil', 0, () => call('GET /data/:collection', ann, { query: 'title=in.()' })],
]
for (const [title, count, work] of asked) {
  test(`${title}: ${count}`, async () => {
    await work()
    assert.equal(statements.length, count)
  })
}

test('requests of one shape are one statement text, whatever the values', async () => {
  const text = async (caller: Caller, query: string) => {
    await call('GET /data/:collection', caller, { query })
    return statements[0]
  }
  const first = await text(ann, 'title=eq.a&limit=5')
  assert.equal(await text(eve, "title=eq.';--&limit=5"), first)
  assert.notEqual(await text(ann, 'title=neq.a&limit=5'), first)
})

test('in dev an answer says what the policy hid, clause by clause', async () => {
  const report = async (caller: Caller, query = '', dev = true) =>
    (await call('GET /data/:collection', caller, { query, dev })).headers?.['x-cloudbox-policy']
  assert.match(
    (await report(eve))!,
    /^\d+ rows matched, \d+ hidden by todos\.list: doc\.owner == auth\.uid \(\d+\), doc\.done == true \(\d+\)$/,
  )
  assert.match((await report(anonymous))!, /doc\.owner == auth\.uid/)
  assert.equal(await report(ann, 'title=eq.t0'), undefined)
  assert.equal(
    await report(ann, 'title=eq.t30'),
    '1 rows matched, 1 hidden by todos.list: doc.done == true (1)',
  )
  assert.match((await report(eve, 'select=n:count()'))!, /^\d+ hidden by todos\.list: /)
  assert.equal(await report(eve, '', false), undefined)
  assert.equal(await report(testSecret), undefined)
})
