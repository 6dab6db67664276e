import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { ask, scenario, type Scenario } from '../../../testing/scenario.ts'
import { asAnn, asBob, startTodoServer, todoId } from '../testing/todo-server.ts'

const server = await startTodoServer({ after })
const row = (title: string, one: Scenario) => scenario(title, () => server, one)

interface Todo {
  readonly id: string
  readonly title: string
  readonly updatedAt: string
}

async function write(request: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await ask(server, { as: asAnn, request, body, headers })
  return { ...answer, etag: answer.headers.get('etag') ?? '', todo: answer.body as Todo }
}

describe('If-Match', () => {
  test('a write tells the version, and the next may rely on it', async () => {
    const made = await write('POST /data/todos', { title: 'v1' })
    assert.match(made.etag, /^"\d+\.[\w-]+"$/)
    const path = `/data/todos/${made.todo.id}`
    const second = await write(`PATCH ${path}`, { title: 'v2' }, { 'if-match': made.etag })
    assert.equal(second.status, 200)
    assert.notEqual(second.etag, made.etag)
    const stale = await write(`PATCH ${path}`, { title: 'v3' }, { 'if-match': made.etag })
    assert.equal(stale.status, 412)
    assert.equal((stale.body as { code: string }).code, 'data/changed-meanwhile')
    const both = await write(
      `PATCH ${path}`,
      { title: 'v3' },
      { 'if-match': `${made.etag}, W/${second.etag}` },
    )
    assert.equal(both.status, 200)
    const time = `"${both.todo.updatedAt}"`
    const silent = await write(
      `PATCH ${path}`,
      { title: 'v4' },
      { 'if-match': time, prefer: 'return=minimal' },
    )
    assert.equal(silent.status, 204)
    assert.match(silent.etag, /^"\d+"$/)
    assert.equal((await write(`DELETE ${path}`, undefined, { 'if-match': time })).status, 412)
    const gone = await write(`DELETE ${path}`, undefined, { 'if-match': silent.etag })
    assert.equal(gone.status, 200)
    assert.equal(gone.etag, '', 'what is gone has no version')
    assert.equal((await write(`DELETE ${path}`, undefined, { 'if-match': silent.etag })).status, 404)
  })

  for (const as of ['secret', asAnn] as const) {
    test(`of 20 writers who saw the same version, one writes (${JSON.stringify(as)})`, async () => {
      const made = await write('POST /data/todos', { title: 'race', priority: 0 })
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          ask(server, {
            as,
            request: `PATCH /data/todos/${made.todo.id}`,
            body: { title: `writer ${i}`, priority: { $increment: 1 } },
            headers: { 'if-match': made.etag },
          }),
        ),
      )
      const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b)
      assert.deepEqual(statuses, [200, ...Array.from({ length: 19 }, () => 412)])
    })
  }

  test('updatedAt grows with every write, however fast they are', async () => {
    const made = await write('POST /data/todos', { title: 'times' })
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => write(`PATCH /data/todos/${made.todo.id}`, { done: true })),
    )
    const times = new Set([made, ...answers].map(({ todo }) => todo.updatedAt))
    assert.equal(times.size, 31)
  })

  row('of a document the caller may not see is no news', {
    as: asBob,
    request: `PATCH /data/todos/${todoId(1)}`,
    body: { title: 'x' },
    headers: { 'if-match': '"1.abc"' },
    expect: { status: 404, code: 'data/unknown-document' },
  })
  row('* is any version', {
    as: asAnn,
    request: `PATCH /data/todos/${todoId(1)}?select=done`,
    body: { done: true },
    headers: { 'if-match': '*' },
    expect: { status: 200, body: { done: true } },
  })
  row('* of nothing', {
    as: asAnn,
    request: `PATCH /data/todos/${todoId(77)}`,
    body: { done: true },
    headers: { 'if-match': '*' },
    expect: { status: 404 },
  })
  for (const [text, as] of [
    ['abc', asAnn],
    ['"yesterday"', asAnn],
    ['"1", x', asAnn],
    ['', asAnn],
  ] as const) {
    row(`${text} is malformed`, {
      as,
      request: `PATCH /data/todos/${todoId(1)}`,
      body: { done: true },
      headers: { 'if-match': text },
      expect: { status: 400, code: 'data/invalid-precondition', at: ['if-match'], hint: /quotes/ },
    })
  }
  row('a version out of range is nobody’s', {
    as: asAnn,
    request: `PATCH /data/todos/${todoId(1)}`,
    body: { done: true },
    headers: { 'if-match': '"9999999999"' },
    expect: { status: 412 },
  })
  row('means nothing for many', {
    as: asAnn,
    request: 'PATCH /data/todos?done=is.true',
    body: { done: true },
    headers: { 'if-match': '"1"' },
    expect: { status: 400, code: 'data/invalid-precondition' },
  })

  test('with PUT: changes the one that is as told, creates never', async () => {
    const made = await write('POST /data/todos', { title: 'put' })
    const body = { id: made.todo.id, title: 'put again' }
    const changed = await write('PUT /data/todos', body, { 'if-match': made.etag })
    assert.equal(changed.status, 200, JSON.stringify(changed.body))
    assert.equal(changed.todo.title, 'put again')
    assert.equal((await write('PUT /data/todos', body, { 'if-match': made.etag })).status, 412)
    const nowhere = await write('PUT /data/todos', { ...body, id: todoId(78) }, { 'if-match': '*' })
    assert.equal(nowhere.status, 412)
    const many = await write('PUT /data/todos', [body, { title: 'b' }], { 'if-match': '*' })
    assert.equal(many.status, 400)
  })

  test('with PUT: what changes nothing tells no version that is not there', async () => {
    const made = await ask(server, { as: 'secret', request: 'POST /data/loose', body: { kind: 'put' } })
    const { id } = made.body as Todo
    const put = (etag: string) => {
      const headers = { 'if-match': etag }
      return ask(server, { as: 'secret', request: 'PUT /data/loose', body: { id }, headers })
    }
    const same = await put(made.headers.get('etag')!)
    assert.equal(same.status, 200)
    assert.equal(same.headers.get('etag'), null)
    assert.equal((await put(made.headers.get('etag')!)).status, 200)
  })
})

describe('If-None-Match', () => {
  row('* creates', {
    as: asAnn,
    request: 'PUT /data/todos?select=title',
    body: { id: todoId(50), title: 'first' },
    headers: { 'if-none-match': '*' },
    expect: { status: 201, body: { title: 'first' }, headers: { etag: /^"\d+\./ } },
  })
  row('and never changes', {
    as: asAnn,
    request: 'PUT /data/todos',
    body: { id: todoId(50), title: 'second' },
    headers: { 'if-none-match': '*' },
    expect: { status: 412, code: 'data/exists-already' },
  })
  row('an etag there means nothing', {
    as: asAnn,
    request: 'PUT /data/todos',
    body: { id: todoId(50), title: 'second' },
    headers: { 'if-none-match': '"1.a"' },
    expect: { status: 400, code: 'data/invalid-precondition' },
  })
})

describe('Prefer', () => {
  const strict = 'handling=strict'
  row('headers-only tells where the new document is', {
    as: asAnn,
    request: 'POST /data/todos',
    body: { id: todoId(60), title: 'there' },
    headers: { prefer: 'return=headers-only' },
    expect: {
      status: 201,
      body: '',
      headers: {
        location: `todos/${todoId(60)}`,
        'preference-applied': 'return=headers-only',
        etag: /^"\d+"$/,
      },
    },
  })
  row('more than max-affected is not written', {
    as: 'secret',
    request: 'PATCH /data/todos?owner=eq.bob',
    body: { title: 'all the same' },
    headers: { prefer: `max-affected=1, ${strict}` },
    expect: { status: 400, code: 'data/too-many-affected', hint: /Nothing was written/ },
  })
  row('none of it', {
    as: 'secret',
    request: 'GET /data/todos?title=eq.all+the+same',
    expect: { status: 200, body: [] },
  })
  row('max-affected=0 lets no write through, not even of one document by its id', {
    as: asAnn,
    request: `PATCH /data/todos/${todoId(60)}`,
    body: { title: 'not so' },
    headers: { prefer: `max-affected=0, ${strict}` },
    expect: { status: 400, code: 'data/too-many-affected' },
  })
  row('and nothing was written', {
    as: asAnn,
    request: `GET /data/todos/${todoId(60)}?select=title`,
    expect: { status: 200, body: { title: 'there' } },
  })
  row('as many as max-affected are', {
    as: 'secret',
    request: 'PATCH /data/todos?owner=eq.bob&select=title&order=title',
    body: { priority: 3 },
    headers: { prefer: `max-affected=2; x=1, ${strict}` },
    expect: { status: 400, code: 'data/invalid-query' },
  })
  row('and it says so', {
    as: 'secret',
    request: 'PATCH /data/todos?owner=eq.bob&select=priority',
    body: { priority: 3 },
    headers: { prefer: `max-affected=2, ${strict}` },
    expect: {
      status: 200,
      body: [{ priority: 3 }, { priority: 3 }],
      headers: { 'preference-applied': `max-affected=2, ${strict}` },
    },
  })
  row('what nobody knows is passed over', {
    as: 'secret',
    request: 'PATCH /data/todos?owner=eq.bob&select=priority',
    body: { priority: 4 },
    headers: { prefer: 'max-affected=1, tea=hot' },
    expect: {
      status: 200,
      body: [{ priority: 4 }, { priority: 4 }],
      headers: { 'preference-applied': null },
    },
  })
  row('unless told otherwise', {
    as: 'secret',
    request: 'PATCH /data/todos?owner=eq.bob',
    body: { priority: 5 },
    headers: { prefer: `${strict}, tea=hot, return=all` },
    expect: {
      status: 400,
      code: 'data/invalid-preference',
      at: ['prefer', 'prefer'],
      hint: /return=minimal\|/,
    },
  })
  row('ignore-duplicates leaves alone what is there', {
    as: 'secret',
    request: 'POST /data/people?onConflict=email&select=name',
    body: [
      { name: 'Other', email: 'ann@example.org' },
      { name: 'Cleo', email: 'cleo@example.org' },
    ],
    headers: { prefer: 'resolution=ignore-duplicates' },
    expect: {
      status: 201,
      body: [{ name: 'Cleo' }],
      headers: { 'content-range': '*/1', 'preference-applied': 'resolution=ignore-duplicates' },
    },
  })
  for (const prefer of ['return=headers-only', 'return=representation']) {
    row(`who is left alone is not told as new (${prefer})`, {
      as: 'secret',
      request: 'PUT /data/people?onConflict=email',
      body: { name: 'Other', email: 'ann@example.org' },
      headers: { prefer: `resolution=ignore-duplicates, ${prefer}` },
      expect: {
        status: prefer.endsWith('only') ? 204 : 200,
        body: prefer.endsWith('only') ? '' : null,
        headers: { 'content-range': '*/0', location: null, etag: null },
      },
    })
  }
  row('merge-duplicates makes a POST an upsert', {
    as: 'secret',
    request: 'POST /data/people?onConflict=email&select=name',
    body: [
      { name: 'Ann B', email: 'ann@example.org' },
      { name: 'Dan', email: 'dan@example.org' },
    ],
    headers: { prefer: 'resolution=merge-duplicates' },
    expect: { status: 200, body: [{ name: 'Ann B' }, { name: 'Dan' }] },
  })
})
