import assert from 'node:assert/strict'
import { after, before, beforeEach, suite, test } from 'node:test'
import { createClient, type Client } from './client.ts'
import { startPeer, type Peer } from './testing/peer.ts'

interface Schema {
  todos: {
    id: string
    title: string
    done: boolean
    priority: number | null
    tags: string[]
    createdAt: string
  }
}

let peer: Peer
let box: Client<Schema>
before(async () => {
  peer = await startPeer()
})
beforeEach(() => {
  peer.requests.length = 0
  box = createClient<Schema>(peer.url, 'cb_pub_1')
})
after(() => peer.stop())

const lastUrl = () => peer.requests.at(-1)?.url.replace('/app/dev/v1/data/', '')
const todos = () => box.collection('todos')

suite('a query becomes a URL', () => {
  const cases: readonly [expected: string, query: () => PromiseLike<unknown>][] = [
    ['todos', () => todos()],
    ['todos?done=eq.false', () => todos().eq('done', false)],
    ['todos?priority=is.null', () => todos().eq('priority', null)],
    ['todos?priority=not.is.null', () => todos().neq('priority', null)],
    ['todos?priority=gt.1&priority=lte.5', () => todos().gt('priority', 1).lte('priority', 5)],
    [
      'todos?title=ilike.%milk_&title=match.^a.b$',
      () => todos().ilike('title', '%milk_').match('title', /^a.b$/i),
    ],
    [
      'todos?title=in.(a,"b,c","say \\"hi\\"","","null",x.y)',
      () => todos().in('title', ['a', 'b,c', 'say "hi"', '', 'null', 'x.y']),
    ],
    ['todos?title=eq.a,(b)&c', () => todos().eq('title', 'a,(b)&c')],
    ['todos?title=eq."\\"a\\""', () => todos().eq('title', '"a"')],
    ['todos?priority=is.null&done=is.true', () => todos().is('priority', null).is('done', true)],
    ['todos?title=not.in.(a,b)', () => todos().not('title', 'in', ['a', 'b'])],
    ['todos?priority=not.is.null', () => todos().not('priority', 'eq', null)],
    ['todos?tags=contains.(home,"two words")', () => todos().contains('tags', ['home', 'two words'])],
    [
      'todos?tags=containedBy.()&tags=overlaps.("{")',
      () => todos().containedBy('tags', []).overlaps('tags', ['{']),
    ],
    ['todos?or=(done.eq.true,priority.gt.2)', () => todos().or('done.eq.true,priority.gt.2')],
    ['todos?author.name=eq.Ada', () => todos().eq('author.name', 'Ada')],
    [
      'todos?createdAt=lt.2026-01-02T03:04:05.000Z',
      () => todos().where('createdAt', '<', new Date('2026-01-02T03:04:05Z')),
    ],
    [
      'todos?priority=gte.3&priority=neq.5&tags=contains.(a)&title=not.in.(b)',
      () =>
        todos()
          .where('priority', '>=', 3)
          .where('priority', '!=', 5)
          .where('tags', 'array-contains', 'a')
          .where('title', 'not-in', ['b']),
    ],
    ['todos?tags=overlaps.(a,b)', () => todos().where('tags', 'array-contains-any', ['a', 'b'])],
    ['todos?where=doc.done == true', () => todos().where('doc.done == true')],
    ['todos?where=(a || b) && (c)', () => todos().where('a || b').where('c')],
    [
      'todos?order=createdAt.desc,title.asc&limit=20&after=abc=&select=id,title,author(name)&count=exact',
      () =>
        todos()
          .order('createdAt', { ascending: false })
          .orderBy('title')
          .limit(20)
          .after('abc=')
          .select('id,title,author(name)')
          .count(),
    ],
    ['todos?limit=1', () => todos().first()],
    ['todos?limit=2', () => todos().maybeSingle()],
  ]
  for (const [expected, query] of cases)
    test(expected, async () => {
      await query()
      assert.equal(lastUrl(), expected)
    })
})

test('a query is never changed, only refined', async () => {
  const open = todos().eq('done', false)
  await open.limit(1)
  await open.eq('title', 'x')
  await open
  assert.equal(lastUrl(), 'todos?done=eq.false')
})

test('nothing is sent before the await', async () => {
  todos().delete()
  await todos().limit(3)
  assert.deepEqual(
    peer.requests.map(request => request.method),
    ['GET'],
  )
})

test('a list comes with its count and the cursor of the next page', async () => {
  peer.answer({
    body: [{ id: '1' }],
    headers: { 'content-range': '0-19/171000', 'x-cloudbox-next-cursor': 'c2' },
  })
  const { data, error, count, nextCursor, status } = await todos().count('exact')
  assert.deepEqual(
    { data, error, count, nextCursor, status },
    {
      data: [{ id: '1' }],
      error: null,
      count: 171000,
      nextCursor: 'c2',
      status: 200,
    },
  )
})

test('an unknown count is null', async () => {
  peer.answer({ body: [], headers: { 'content-range': '0-19/*' } })
  assert.equal((await todos()).count, null)
})

test('pages go on until there is no cursor', async () => {
  peer.answer(
    { body: [{ id: '1' }], headers: { 'x-cloudbox-next-cursor': 'two' } },
    { body: [{ id: '2' }], headers: { 'x-cloudbox-next-cursor': 'three' } },
    { body: [{ id: '3' }] },
  )
  const ids: string[] = []
  for await (const page of todos().limit(1).pages()) ids.push(...page.data.map(todo => todo.id))
  assert.deepEqual(ids, ['1', '2', '3'])
  assert.deepEqual(
    peer.requests.map(request => request.url.split('?')[1]),
    ['limit=1', 'limit=1&after=two', 'limit=1&after=three'],
  )
})

suite('single, maybeSingle and first', () => {
  const rows = [{ id: '1' }, { id: '2' }]
  test('several documents are not a single one', async () => {
    peer.answer({ body: rows }, { body: rows }, { body: rows })
    assert.equal((await todos().single()).error?.code, 'client/not-one')
    assert.equal((await todos().maybeSingle()).error?.code, 'client/not-one')
    assert.deepEqual((await todos().first()).data, { id: '1' })
  })
  test('no document is an error for single only', async () => {
    peer.answer({ body: [] }, { body: [] }, { body: [] })
    assert.equal((await todos().single()).error?.code, 'client/not-one')
    assert.deepEqual((await todos().maybeSingle()).data, null)
    assert.equal((await todos().first()).error, null)
  })
})

suite('writes', () => {
  const sent = () =>
    peer.requests.map(({ method, url, body }) => ({ method, url: url.replace('/app/dev/v1', ''), body }))

  test('insert takes one and gives one, takes several and gives several', async () => {
    peer.answer(
      { status: 201, body: { id: '1', title: 'a' }, headers: { 'x-cloudbox-commit': 'k1' } },
      { status: 201, body: [{ id: '2' }] },
    )
    const one = await todos().insert({ title: 'a' })
    const several = await todos().insert([{ title: 'b' }])
    assert.deepEqual([one.data, one.commit, several.data], [{ id: '1', title: 'a' }, 'k1', [{ id: '2' }]])
    assert.deepEqual(sent(), [
      { method: 'POST', url: '/data/todos', body: { title: 'a' } },
      { method: 'POST', url: '/data/todos', body: [{ title: 'b' }] },
    ])
  })

  test('a minimal write asks for no documents', async () => {
    peer.answer({ status: 204 })
    const { data, error } = await todos().insert({ title: 'a' }, { return: 'minimal' })
    assert.deepEqual([data, error], [null, null])
    assert.equal(peer.requests[0]?.headers.prefer, 'return=minimal')
  })

  test('upsert sends a list and unwraps the one', async () => {
    peer.answer({ body: [{ id: '1' }] })
    const { data } = await todos().upsert({ title: 'a' }, { onConflict: 'title' })
    assert.deepEqual(data, { id: '1' })
    assert.deepEqual(sent(), [{ method: 'PUT', url: '/data/todos?onConflict=title', body: [{ title: 'a' }] }])
  })

  test('update and delete carry the filters, whichever comes first', async () => {
    await todos().update({ done: true }).eq('id', '1')
    await todos().in('id', ['1', '2']).delete()
    assert.deepEqual(sent(), [
      { method: 'PATCH', url: '/data/todos?id=eq.1', body: { done: true } },
      { method: 'DELETE', url: '/data/todos?id=in.(1,2)', body: '' },
    ])
  })

  test('a document by its id', async () => {
    peer.answer(
      { body: { id: 'a/b' } },
      { body: { id: 'a/b' } },
      { body: { id: 'a/b' } },
      { body: { id: 'a/b' } },
    )
    const todo = box.doc('todos', 'a/b')
    for (const task of [todo.get(), todo.set({ title: 'x' }), todo.update({ done: true }), todo.delete()])
      assert.deepEqual((await task).data, { id: 'a/b' })
    assert.deepEqual(sent(), [
      { method: 'GET', url: '/data/todos/a/b', body: '' },
      { method: 'PUT', url: '/data/todos', body: { title: 'x', id: 'a/b' } },
      { method: 'PATCH', url: '/data/todos/a/b', body: { done: true } },
      { method: 'DELETE', url: '/data/todos/a/b', body: '' },
    ])
  })
})

suite('errors', () => {
  const problem = {
    type: 'https://docs/errors#data/conflict',
    title: 'Another document has that value',
    status: 409,
    code: 'data/conflict',
    detail: 'title is taken',
    hint: 'Choose another.',
    errors: [{ at: '/title', message: 'taken' }],
    requestId: 'r1',
  }

  test('a problem becomes the error of the result', async () => {
    peer.answer({ status: 409, body: problem, headers: { 'content-type': 'application/problem+json' } })
    const { data, error, status } = await todos().insert({ title: 'a' })
    assert.deepEqual([data, status], [null, 409])
    assert.ok(error instanceof Error)
    const { code, message, hint, details, docs, requestId } = error
    assert.deepEqual(
      { code, message, hint, details, docs, requestId },
      {
        code: 'data/conflict',
        message: 'title is taken',
        hint: 'Choose another.',
        details: [{ at: '/title', message: 'taken' }],
        docs: problem.type,
        requestId: 'r1',
      },
    )
  })

  test('orThrow and throwOnError reject', async () => {
    peer.answer({ status: 409, body: problem }, { status: 409, body: problem })
    await assert.rejects(todos().orThrow(), { code: 'data/conflict' })
    const throwing = createClient<Schema>(peer.url, 'cb_pub_1', { throwOnError: true })
    await assert.rejects(async () => await throwing.collection('todos'), { code: 'data/conflict' })
  })

  test('a missing document is null, not an error', async () => {
    const missing = { ...problem, status: 404, code: 'data/unknown-document' }
    peer.answer({ status: 404, body: missing }, { status: 404, body: missing })
    const got = await box.doc('todos', '1').get()
    assert.deepEqual([got.data, got.error], [null, null])
    assert.equal((await box.doc('todos', '1').update({ done: true })).error?.code, 'data/unknown-document')
  })

  test('an answer of somebody else is told from ours', async () => {
    peer.answer({ status: 502, body: '<html>' }, { status: 200, body: '<html>' })
    assert.equal((await todos()).error?.code, 'client/bad-answer')
    assert.equal((await todos()).error?.code, 'client/bad-answer')
  })

  test('no answer is client/network, an abort is client/aborted', async () => {
    const nowhere = createClient('http://127.0.0.1:1/a/b', 'k')
    const { error } = await nowhere.collection('x')
    assert.deepEqual([error?.code, error?.status], ['client/network', 0])
    assert.equal((await todos().abortSignal(AbortSignal.abort())).error?.code, 'client/aborted')
  })
})

suite('credentials', () => {
  const seen = () => peer.requests.map(({ headers }) => [headers.apikey, headers.authorization])

  test('the publishable key goes alone until somebody signs in', async () => {
    await todos()
    box.setToken('t1')
    await todos()
    box.setToken(null)
    await todos()
    assert.deepEqual(seen(), [
      ['cb_pub_1', undefined],
      ['cb_pub_1', 'Bearer t1'],
      ['cb_pub_1', undefined],
    ])
  })

  test('the secret key is also the bearer', async () => {
    await createClient(peer.url, 'cb_secret_1').collection('x')
    assert.deepEqual(seen(), [['cb_secret_1', 'Bearer cb_secret_1']])
  })

  test('accessToken is asked each time', async () => {
    let asked = 0
    const client = createClient(peer.url, 'k', { accessToken: async () => `t${++asked}` })
    await client.collection('x')
    await client.collection('x')
    assert.deepEqual(seen(), [
      ['k', 'Bearer t1'],
      ['k', 'Bearer t2'],
    ])
  })
})
