import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { id as name, sql } from '../../../kernel/sql.ts'
import { ask, scenario, type As, type Scenario } from '../../../testing/scenario.ts'
import { ann, asAnn, asBob, startTodoServer, todoId } from '../testing/todo-server.ts'

const server = await startTodoServer({ after })

type Operations = readonly Record<string, unknown>[]
const row = (title: string, as: As, operations: Operations, expect: Scenario['expect']) =>
  scenario(title, () => server, { as, request: 'POST /data/$batch', body: { operations }, expect })
const send = (as: As, operations: Operations, headers: Record<string, string> = {}) =>
  ask(server, { as, request: 'POST /data/$batch', body: { operations }, headers })

interface Result {
  readonly status: number
  readonly count: number
  readonly data?: unknown
  readonly etag?: string
}
const resultsOf = (body: unknown): Result[] => (body as { results: Result[] }).results

describe('a batch', () => {
  test('answers each operation as its own request would', async () => {
    const made = todoId(70)
    const { status, body, headers } = await send(asAnn, [
      { op: 'insert', collection: 'todos', data: { id: made, title: 'One' }, select: 'title,owner' },
      { op: 'insert', collection: 'todos', data: [{ title: 'Two' }, { title: 'Three' }], select: 'title' },
      {
        op: 'update',
        collection: 'todos',
        id: made,
        data: { priority: { $increment: 2 } },
        select: 'priority',
      },
      {
        op: 'update',
        collection: 'todos',
        where: 'doc.title == "Two"',
        data: { done: true },
        select: 'title,done',
      },
      { op: 'upsert', collection: 'todos', data: { id: made, title: 'Uno' }, select: 'title,priority' },
      { op: 'delete', collection: 'todos', query: 'title=in.(Two,Three)', prefer: 'return=minimal' },
      { op: 'check', collection: 'todos', id: made, where: 'doc.priority == 2' },
      { op: 'delete', collection: 'todos', id: made, select: 'title' },
    ])
    assert.equal(status, 200, JSON.stringify(body))
    const results = resultsOf(body)
    assert.deepEqual(
      results.map(({ etag: _etag, ...result }) => result),
      [
        { status: 201, count: 1, data: { title: 'One', owner: 'ann' } },
        { status: 201, count: 2, data: [{ title: 'Two' }, { title: 'Three' }] },
        { status: 200, count: 1, data: { priority: 2 } },
        { status: 200, count: 1, data: [{ title: 'Two', done: true }] },
        { status: 200, count: 1, data: { title: 'Uno', priority: 2 } },
        { status: 204, count: 2 },
        { status: 204, count: 0 },
        { status: 200, count: 1, data: { title: 'Uno' } },
      ],
    )
    assert.deepEqual(
      results.map(({ etag }) => etag !== undefined),
      [true, false, true, false, true, false, false, false],
    )
    assert.match(headers.get('x-cloudbox-commit') ?? '', /^\d+$/)
  })

  test('is written whole or not at all, whatever fails', async () => {
    const first = { op: 'insert', collection: 'todos', data: { title: 'never' } }
    const failing: [Record<string, unknown>, number, string][] = [
      [{ op: 'insert', collection: 'todos', data: { title: 'x', owner: 'bob' } }, 403, 'data/not-allowed'],
      [
        { op: 'update', collection: 'todos', id: todoId(4), data: { title: 'x' } },
        404,
        'data/unknown-document',
      ],
      [{ op: 'update', collection: 'todos', id: todoId(1), data: { owner: 'bob' } }, 403, 'data/not-allowed'],
      [
        { op: 'update', collection: 'todos', id: todoId(1), data: { done: true }, ifMatch: '1' },
        412,
        'data/changed-meanwhile',
      ],
      [
        { op: 'upsert', collection: 'todos', data: { id: todoId(1), title: 'x' }, ifNoneMatch: '*' },
        412,
        'data/exists-already',
      ],
      [{ op: 'insert', collection: 'todos', data: { id: todoId(1), title: 'x' } }, 409, 'data/conflict'],
      [
        { op: 'insert', collection: 'todos', data: { title: 'x', author: todoId(1) } },
        409,
        'data/broken-relation',
      ],
      [
        { op: 'check', collection: 'todos', id: todoId(1), where: 'doc.done == true' },
        412,
        'data/check-failed',
      ],
      [{ op: 'check', collection: 'todos', query: 'title=eq.None' }, 412, 'data/check-failed'],
      [{ op: 'check', collection: 'todos', id: todoId(4) }, 404, 'data/unknown-document'],
      [
        {
          op: 'delete',
          collection: 'todos',
          query: 'owner=eq.ann',
          prefer: 'handling=strict,max-affected=1',
        },
        400,
        'data/too-many-affected',
      ],
    ]
    for (const [operation, status, code] of failing) {
      const { body, status: answered } = await send(asAnn, [first, first, operation])
      const problem = body as { code: string; detail: string; errors: { at: string }[] }
      assert.deepEqual([answered, problem.code], [status, code], JSON.stringify(body))
      assert.match(problem.errors[0]!.at, /^\/operations\/2\b/)
      assert.match(problem.detail, /^operations\[2\]: /)
    }
    const { body } = await ask(server, { as: 'secret', request: 'GET /data/todos?title=eq.never' })
    assert.deepEqual(body, [])
  })

  row(
    'tells mistakes with their places',
    asAnn,
    [
      { op: 'insert', collection: 'todos', data: { title: 'fine' } },
      { op: 'insert', collection: 'todos', data: [{ title: 'a' }, { title: 5 }] },
    ],
    { status: 422, code: 'data/invalid-document', at: ['/operations/1/1/title'] },
  )
  row('also of queries', asAnn, [{ op: 'delete', collection: 'todos', where: 'doc.nope' }], {
    status: 422,
    code: 'policy/invalid-expression',
    at: ['/operations/0?where[4:8]'],
  })
  row('refuses what means nothing', asAnn, [{ op: 'insert', collection: 'todos', id: todoId(1) }], {
    status: 422,
    code: 'data/invalid-batch',
    at: ['/operations/0/id', '/operations/0/data'],
  })
  row('knows its words', asAnn, [{ op: 'replace', collection: 'todos' }], {
    status: 422,
    code: 'http/invalid-request',
    at: ['/operations/0/op'],
  })
  row('needs an operation', asAnn, [], { status: 422, code: 'http/invalid-request' })
  row(
    'takes so many operations',
    asAnn,
    Array.from({ length: 1001 }, () => ({ op: 'check', collection: 'a' })),
    {
      status: 422,
      code: 'http/invalid-request',
    },
  )
  row(
    'and so many documents',
    'secret',
    [
      { op: 'insert', collection: 'todos', data: Array.from({ length: 10_000 }, () => ({ title: 'x' })) },
      { op: 'insert', collection: 'todos', data: { title: 'x' } },
    ],
    { status: 413, code: 'data/too-many-rows' },
  )
  row('finds no closed collection', asBob, [{ op: 'insert', collection: 'locked', data: { a: 'x' } }], {
    status: 403,
    code: 'data/not-allowed',
    at: ['/operations/0'],
  })

  test('waits for others, and loses nothing of what they wrote', async () => {
    const id = todoId(71)
    await send(asAnn, [{ op: 'insert', collection: 'todos', data: { id, title: 'count', tags: [] } }])
    const other = todoId(72)
    await send(asAnn, [{ op: 'insert', collection: 'todos', data: { id: other, title: 'count', tags: [] } }])
    const add = (to: string, tag: string) => ({
      op: 'update',
      collection: 'todos',
      id: to,
      data: { tags: { $append: [tag] } },
    })
    // Half of them take the two documents in the other order: some would wait for each other forever.
    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, i) =>
        send(
          asAnn,
          i % 2 === 0 ? [add(id, `${i}`), add(other, `${i}`)] : [add(other, `${i}`), add(id, `${i}`)],
        ),
      ),
    )
    const done = answers.filter(({ status }) => status === 200).length
    for (const { status, body } of answers) assert.ok(status === 200 || status === 503, JSON.stringify(body))
    for (const document of [id, other]) {
      const { body } = await ask(server, { as: asAnn, request: `GET /data/todos/${document}` })
      assert.equal((body as { tags: string[] }).tags.length, done)
    }
  })

  for (const first of [
    { op: 'upsert', onConflict: 'email' },
    { op: 'insert', onConflict: 'email', prefer: 'resolution=merge-duplicates' },
  ]) {
    test(`finds what another inserts meanwhile: ${JSON.stringify(first)}`, async () => {
      const email = `${first.op}@example.org`
      const write = { ...first, collection: 'people', data: { name: 'Second', email } }
      let sent: ReturnType<typeof send> | undefined
      await server.db.transaction(async tx => {
        const people = name(server.environment.schema, 'people')
        await tx.query(sql`insert into ${people} ("name", "email") values ('First', ${email})`)
        sent = send('secret', [write])
        const waiting = sql`
          select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
        while ((await server.db.query(waiting)).length === 0);
      })
      const { status, body } = await sent!
      assert.equal(status, 200, JSON.stringify(body))
      assert.equal((resultsOf(body)[0]!.data as { name: string }).name, 'Second')
    })
  }

  test('a check holds its document until the end', async () => {
    const guard = { op: 'check', collection: 'people', id: ann, where: 'doc.name == "Ann"' }
    const insert = { op: 'insert', collection: 'todos', data: { title: 'guarded', author: ann } }
    const rename = { op: 'update', collection: 'people', id: ann, data: { name: 'Anna' } }
    const answers = await Promise.all([
      ...Array.from({ length: 5 }, () => send('secret', [guard, insert])),
      send('secret', [rename]),
      ...Array.from({ length: 5 }, () => send('secret', [guard, insert])),
    ])
    const guarded = answers.filter(({ status }) => status === 200).length - 1
    const { body } = await ask(server, { as: 'secret', request: 'GET /data/todos?title=eq.guarded' })
    assert.equal((body as unknown[]).length, guarded)
  })
})
