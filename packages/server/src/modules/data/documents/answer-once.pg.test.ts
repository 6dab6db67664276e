import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, test } from 'node:test'
import { id, sql } from '../../../kernel/sql.ts'
import { ask, type As } from '../../../testing/scenario.ts'
import { asAnn, asBob, startTodoServer, todoId } from '../testing/todo-server.ts'

const server = await startTodoServer({ after })

async function send(as: As, request: string, body: unknown, key: string, headers = {}) {
  const answer = await ask(server, { as, request, body, headers: { 'idempotency-key': key, ...headers } })
  const problem = answer.body as { code?: string }
  return { ...answer, code: problem?.code, isReplayed: answer.headers.get('idempotency-replayed') === 'true' }
}

async function titled(title: string): Promise<number> {
  const { body } = await ask(server, { as: 'secret', request: `GET /data/todos?title=eq.${title}` })
  return (body as unknown[]).length
}

const table = () => id(server.environment.schema, 'data_idempotency_keys')

test('a repetition gets the same answer and writes nothing', async () => {
  const key = randomUUID()
  const first = await send(asAnn, 'POST /data/todos', { title: 'once' }, key)
  const second = await send(asAnn, 'POST /data/todos', { title: 'once' }, key)
  assert.deepEqual([first.status, second.status], [201, 201])
  assert.deepEqual(second.body, first.body)
  assert.deepEqual([first.isReplayed, second.isReplayed], [false, true])
  for (const name of ['etag', 'x-cloudbox-commit', 'content-range', 'content-type'])
    assert.equal(second.headers.get(name), first.headers.get(name), name)
  assert.equal(await titled('once'), 1)
})

test('every writing method has it, also without a body to answer', async () => {
  const { body } = await ask(server, {
    as: asAnn,
    request: 'POST /data/todos',
    body: { title: 'every', priority: 0 },
  })
  const path = `/data/todos/${(body as { id: string }).id}`
  const add = { priority: { $increment: 1 } }
  const requests: [string, unknown][] = [
    [`PATCH ${path}`, add],
    ['PATCH /data/todos?title=eq.every', add],
    ['PUT /data/todos', { id: path.split('/').at(-1), title: 'every', ...add }],
    [
      'POST /data/$batch',
      { operations: [{ op: 'update', collection: 'todos', id: path.split('/').at(-1), data: add }] },
    ],
  ]
  for (const [request, change] of requests) {
    const key = randomUUID()
    const headers = { prefer: 'return=minimal' }
    const first = await send(asAnn, request, change, key, headers)
    const second = await send(asAnn, request, change, key, headers)
    assert.ok(first.status < 300, JSON.stringify(first.body))
    assert.deepEqual(
      [second.status, second.body, second.isReplayed],
      [first.status, first.body, true],
      request,
    )
  }
  const found = await ask(server, { as: asAnn, request: `GET ${path}` })
  assert.equal((found.body as { priority: number }).priority, 4)
  const key = randomUUID()
  assert.equal((await send(asAnn, `DELETE ${path}`, undefined, key)).status, 200)
  assert.deepEqual((await send(asAnn, `DELETE ${path}`, undefined, key)).isReplayed, true)
})

test('50 twins at once make one document', async () => {
  const key = randomUUID()
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => send(asAnn, 'POST /data/todos', { title: 'twins' }, key)),
  )
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
  assert.equal(answers.filter(({ isReplayed }) => !isReplayed).length, 1)
  assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1)
  assert.equal(await titled('twins'), 1)
})

test('another request under the key is refused', async () => {
  const key = randomUUID()
  await send(asAnn, 'POST /data/todos', { title: 'mine' }, key)
  const others: [string, unknown][] = [
    ['POST /data/todos', { title: 'other' }],
    ['POST /data/todos?select=id', { title: 'mine' }],
    [`PATCH /data/todos/${todoId(1)}`, { title: 'mine' }],
    ['POST /data/people', { title: 'mine' }],
  ]
  for (const [request, body] of others) {
    const { status, code } = await send(asAnn, request, body, key)
    assert.deepEqual([status, code], [422, 'data/idempotency-key-reused'], request)
  }
  // Another caller has keys of his own.
  assert.equal((await send(asBob, 'POST /data/todos', { title: 'other' }, key)).status, 201)
})

test('a refused request leaves no answer behind', async () => {
  const key = randomUUID()
  assert.equal((await send(asAnn, 'POST /data/todos', { title: 'x', owner: 'bob' }, key)).status, 403)
  assert.equal((await send(asAnn, 'POST /data/todos', { titel: 'x' }, key)).status, 422)
  const good = await send(asAnn, 'POST /data/todos', { title: 'good' }, key)
  assert.deepEqual([good.status, good.isReplayed], [201, false])
})

test('keys have a form', async () => {
  for (const key of ['', 'a b', 'x'.repeat(256)]) {
    const { status, code } = await send(asAnn, 'POST /data/todos', { title: 'x' }, key)
    assert.deepEqual([status, code], [400, 'data/invalid-idempotency-key'], key)
  }
})

test('an answer outlives the server, and goes when its time is over', async () => {
  const key = randomUUID()
  await send(asAnn, 'POST /data/todos', { title: 'restart' }, key)
  await server.restart()
  assert.equal((await send(asAnn, 'POST /data/todos', { title: 'restart' }, key)).isReplayed, true)
  await server.db.query(sql`update ${table()} set made_at = now() - interval '25 hours'`)
  const later = await send(asAnn, 'POST /data/todos', { title: 'restart' }, key)
  assert.deepEqual([later.status, later.isReplayed], [201, false])
  // Each request takes some of the old ones away.
  for (let i = 0; i < 5; i++) await send(asAnn, 'POST /data/todos', { title: 'sweep' }, randomUUID())
  const old = await server.db.query(sql`select from ${table()} where made_at < now() - interval '1 hour'`)
  assert.equal(old.length, 0)
})
