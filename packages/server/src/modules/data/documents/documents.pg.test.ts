import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ask, scenario, type As, type Scenario } from '../../../testing/scenario.ts'
import { startTestServer, type TestServer } from '../../../testing/start-test-server.ts'

const ann = '0198c0de-0000-7000-8000-00000000000a'
const bob = '0198c0de-0000-7000-8000-00000000000b'
const todoId = (n: number) => `0198c0de-0000-7000-8000-0000000001${String(n).padStart(2, '0')}`
const asAnn: As = { uid: 'ann' }
const asBob: As = { uid: 'bob' }

const cleanups: (() => Promise<void>)[] = []
let server: TestServer
const row = (title: string, one: Scenario) => scenario(title, () => server, one)

const collections = [
  {
    name: 'people',
    fields: {
      name: { type: 'text', required: true, max: 20 },
      email: { type: 'email', unique: true },
      secretNote: { type: 'text' },
    },
    policies: { list: 'doc.name != "Bob" || auth.uid == "bob"', get: 'public("names are public")' },
  },
  {
    name: 'todos',
    fields: {
      title: { type: 'text', required: true, min: 1, max: 40, pattern: '[^#]*' },
      owner: { type: 'text', default: { cel: 'auth.uid' } },
      done: { type: 'boolean', default: false },
      priority: { type: 'integer', min: 0, max: 9 },
      price: { type: 'decimal' },
      due: { type: 'timestamp' },
      day: { type: 'date' },
      tags: { type: 'text', list: true },
      meta: { type: 'json' },
      place: { type: 'geopoint' },
      state: { type: 'select', options: ['open', 'closed'] },
      author: { type: 'relation', to: 'people' },
      reviewer: { type: 'relation', to: 'people' },
      shout: { type: 'text', computed: 'doc.title + "!"' },
    },
    policies: {
      list: 'doc.owner == auth.uid || doc.shared == true',
      get: 'doc.owner == auth.uid',
      create: 'next.owner == auth.uid && next.shout != "forbidden!"',
      update: 'doc.owner == auth.uid && next.owner == doc.owner',
      delete: 'doc.owner == auth.uid',
    },
  },
  { name: 'locked', fields: { a: { type: 'text' } } },
  {
    name: 'loose',
    flexible: true,
    fields: { kind: { type: 'text' } },
    policies: { list: 'public("test")', create: 'public("test")' },
  },
]

before(async () => {
  server = await startTestServer({ after: work => void cleanups.push(work) }, { dev: false })
  const [people, todos, ...others] = collections
  const shared = { ...todos!.fields, shared: { type: 'boolean' } }
  for (const body of [people!, { ...todos!, fields: shared }, ...others]) {
    const { status, body: made } = await ask(server, {
      as: 'secret',
      request: 'POST /data/$collections',
      body,
    })
    assert.equal(status, 201, JSON.stringify(made))
  }
  const insert = async (collection: string, body: unknown) => {
    const answer = await ask(server, { as: 'secret', request: `POST /data/${collection}`, body })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
  }
  await insert('people', [
    { id: ann, name: 'Ann', email: 'ann@example.org' },
    { id: bob, name: 'Bob', email: 'bob@example.org', secretNote: 'hidden' },
  ])
  await insert('todos', [
    {
      id: todoId(1),
      title: 'Milk',
      owner: 'ann',
      priority: 1,
      price: '1.50',
      tags: ['food', 'shop'],
      author: ann,
      reviewer: bob,
      due: '2026-01-31T12:00:00Z',
      day: '2026-01-31',
      meta: { a: { b: 5 }, s: 'x' },
      place: { lat: 47.5, lng: 9.25 },
      state: 'open',
    },
    { id: todoId(2), title: 'Bread', owner: 'ann', priority: 2, tags: ['food'], author: bob, done: true },
    { id: todoId(3), title: 'Über', owner: 'ann', author: ann },
    { id: todoId(4), title: 'Bobs', owner: 'bob', priority: 5, author: bob },
    { id: todoId(5), title: 'Shared', owner: 'bob', priority: 9, shared: true },
  ])
  await insert('loose', [
    { kind: 'a', size: 3, deep: { x: [1, 2] } },
    { kind: 'b', size: '3' },
  ])
})

after(async () => {
  for (const work of cleanups) await work()
})

describe('who may read', () => {
  row('without a key nothing answers', { as: 'no key', request: 'GET /data/todos', expect: { status: 401 } })
  row('a collection without policies is closed', {
    as: 'anonymous',
    request: 'GET /data/locked',
    expect: { status: 403, code: 'data/not-allowed' },
  })
  row('and open to the secret key', {
    as: 'secret',
    request: 'GET /data/locked',
    expect: { status: 200, body: [] },
  })
  row('an unknown collection is not found', {
    as: 'anonymous',
    request: 'GET /data/nope',
    expect: { status: 404, code: 'data/unknown-collection' },
  })
  row('a user sees his own and the shared', {
    as: asAnn,
    request: 'GET /data/todos?order=title',
    expect: { status: 200, pluck: ['title', ['Bread', 'Milk', 'Shared', 'Über']] },
  })
  row('anonymous callers see the shared only', {
    as: 'anonymous',
    request: 'GET /data/todos?select=title',
    expect: { status: 200, body: [{ title: 'Shared' }] },
  })
  row('one of his own', {
    as: asAnn,
    request: `GET /data/todos/${todoId(1)}?select=title`,
    expect: { status: 200, body: { title: 'Milk' } },
  })
  row('a hidden one is not found', {
    as: asAnn,
    request: `GET /data/todos/${todoId(4)}`,
    expect: { status: 404, code: 'data/unknown-document' },
  })
  row('what is no id is not found', {
    as: asAnn,
    request: `GET /data/todos/x'--`,
    expect: { status: 404, code: 'data/unknown-document' },
  })
})

describe('documents as JSON', () => {
  row('every type has its form', {
    as: asAnn,
    request: `GET /data/todos?id=eq.${todoId(1)}&select=price,tags,due,day,meta,place,state,shout,done,shared`,
    expect: {
      status: 200,
      body: [
        {
          price: '1.50',
          tags: ['food', 'shop'],
          due: '2026-01-31T12:00:00+00:00',
          day: '2026-01-31',
          meta: { a: { b: 5 }, s: 'x' },
          place: { lat: 47.5, lng: 9.25 },
          state: 'open',
          shout: 'Milk!',
          done: false,
          shared: null,
        },
      ],
    },
  })
  row('aliases, casts and paths', {
    as: asAnn,
    request: `GET /data/todos?id=eq.${todoId(1)}&select=name:title,p:priority::text,b:meta->a->b,t:meta->a->>b,s:meta->>s`,
    expect: { status: 200, body: [{ name: 'Milk', p: '1', b: 5, t: '5', s: 'x' }] },
  })
  row('a flexible document shows its unknown fields', {
    as: 'anonymous',
    request: 'GET /data/loose?kind=eq.a&select=*',
    expect: { status: 200, pluck: ['deep', [{ x: [1, 2] }]] },
  })
  row('which are fields for filters and select', {
    as: 'anonymous',
    request: 'GET /data/loose?size=gt.2&select=size,x:deep->x',
    expect: { status: 200, body: [{ size: 3, x: [1, 2] }] },
  })
})

describe('filters', () => {
  const titles = (query: string, found: string[]) =>
    row(query, {
      as: asAnn,
      request: `GET /data/todos?order=title&${query}`,
      expect: { status: 200, pluck: ['title', found] },
    })
  titles('priority=gte.2', ['Bread', 'Shared'])
  titles('priority=is.null', ['Über'])
  titles('priority=not.is.null', ['Bread', 'Milk', 'Shared'])
  titles('priority=in.(1,2)', ['Bread', 'Milk'])
  titles('priority=gt.1&priority=lt.9', ['Bread'])
  titles('or=(priority.eq.1,and(done.is.true,title.like.B*))', ['Bread', 'Milk'])
  titles('not.or=(priority.eq.1,priority.eq.2,priority.eq.9)', [])
  titles('title=ilike.*ÜB*', ['Über'])
  titles('title=match.^[BM]', ['Bread', 'Milk'])
  titles('tags=contains.(food,shop)', ['Milk'])
  titles('tags=cs.{food}', ['Bread', 'Milk'])
  titles('tags=ov.(shop,none)', ['Milk'])
  titles('tags=cd.(food,x)', ['Bread'])
  titles('meta->a->b=eq.5', ['Milk'])
  titles('meta->>s=eq.x', ['Milk'])
  titles('due=gte.2026-01-31', ['Milk'])
  titles('day=eq.2026-01-31', ['Milk'])
  titles('price=eq.1.5', ['Milk'])
  titles('where=doc.priority > 1 %26%26 doc.done', ['Bread'])
  titles('title=eq."Milk"', ['Milk'])
  titles(`title=eq.${encodeURIComponent("'; drop table todos; --")}`, [])
  titles(`or=(title.eq.${encodeURIComponent('"a\',(b"')})`, [])
  titles(`meta->${encodeURIComponent(`"'x$1"`)}=eq.1`, [])
  titles('author.name=eq.Ann&select=title,author!inner(name)', ['Milk', 'Über'])
})

describe('pages', () => {
  test('cursors walk through every document once, nulls included', async () => {
    for (const order of [
      'priority.desc',
      'priority.asc.nullsfirst',
      'priority.desc.nullslast,title',
      'id',
      'createdAt.desc',
      'meta->>s',
    ]) {
      const seen: unknown[] = []
      let after = ''
      for (let page = 0; page < 10; page++) {
        const answer = await ask(server, {
          as: 'secret',
          request: `GET /data/todos?order=${order}&limit=2${after}`,
        })
        assert.equal(answer.status, 200, JSON.stringify(answer.body))
        seen.push(...(answer.body as { title: string }[]).map(({ title }) => title))
        const cursor = answer.headers.get('x-cloudbox-next-cursor')
        if (cursor === null) break
        after = `&after=${cursor}`
      }
      const whole = await ask(server, { as: 'secret', request: `GET /data/todos?order=${order}` })
      assert.deepEqual(
        seen,
        (whole.body as { title: string }[]).map(({ title }) => title),
        order,
      )
      assert.equal(seen.length, 5)
    }
  })
  row('counts exactly', {
    as: asAnn,
    request: 'GET /data/todos?count=exact&limit=2',
    expect: { status: 200, headers: { 'content-range': '0-1/4', 'x-cloudbox-next-cursor': /./ } },
  })
  row('counts about', {
    as: 'secret',
    request: 'GET /data/todos?count=estimated&limit=1',
    expect: { status: 200, headers: { 'content-range': /^0-0\/\d+$/ } },
  })
  row('tells no count unasked', {
    as: asAnn,
    request: 'GET /data/todos',
    expect: { status: 200, headers: { 'content-range': '0-3/*', 'x-cloudbox-next-cursor': null } },
  })
  row('a cursor of another order is refused', {
    as: asAnn,
    request: `GET /data/todos?order=title&after=${Buffer.from('[1,"todos:id.asc",["x"]]').toString('base64url')}`,
    expect: { status: 400, code: 'data/invalid-cursor' },
  })
  row('so is nonsense', {
    as: asAnn,
    request: 'GET /data/todos?after=%25%25',
    expect: { status: 400, code: 'data/invalid-cursor' },
  })
})

describe('embedding', () => {
  row('many to one by field; a hidden one is null', {
    as: asAnn,
    request: 'GET /data/todos?order=title&owner=eq.ann&select=title,author(name),reviewer(name)',
    expect: {
      status: 200,
      body: [
        { title: 'Bread', author: null, reviewer: null },
        { title: 'Milk', author: { name: 'Ann' }, reviewer: null },
        { title: 'Über', author: { name: 'Ann' }, reviewer: null },
      ],
    },
  })
  row('one to many, each by the policy of its own collection', {
    as: 'anonymous',
    request: 'GET /data/people?select=name,todos!author(title)',
    expect: { status: 200, body: [{ name: 'Ann', todos: [] }] },
  })
  row('with filter, order and limit', {
    as: 'secret',
    request:
      'GET /data/people?name=eq.Ann&select=todos!author(title)&todos.order=title.desc&todos.limit=1&todos.title=neq.Zzz',
    expect: { status: 200, body: [{ todos: [{ title: 'Über' }] }] },
  })
  row('two ways need a name', {
    as: 'secret',
    request: 'GET /data/people?select=todos(title)',
    expect: { status: 400, code: 'data/invalid-query', hint: /todos!author\(…\) or todos!reviewer/ },
  })
  row('nested', {
    as: asBob,
    request: `GET /data/todos?id=eq.${todoId(4)}&select=author(name,todos!author(title))`,
    expect: { status: 200, body: [{ author: { name: 'Bob', todos: [{ title: 'Bobs' }] } }] },
  })
  row('a closed collection shows nothing', {
    as: 'anonymous',
    request: 'GET /data/todos?select=title,locked(a)',
    expect: { status: 400, code: 'data/invalid-query' },
  })
})

describe('mistakes in queries', () => {
  row('all at once, each with its place', {
    as: asAnn,
    request: 'GET /data/todos?titel=eq.x&priority=eq.abc&order=tittle&limit=x&select=id,prize',
    expect: {
      status: 400,
      code: 'data/invalid-query',
      at: ['?limit', '?titel', '?priority[0:6]', '?select[3:8]', '?order[0:6]'],
      hint: /did you mean 'title'/,
    },
  })
  row('an expression with its range', {
    as: asAnn,
    request: 'GET /data/todos?where=doc.titel == 1',
    expect: { status: 422, code: 'policy/invalid-expression', at: ['?where[4:9]'], hint: /title/ },
  })
  row('offset has a hint', {
    as: asAnn,
    request: 'GET /data/todos?offset=10',
    expect: { status: 400, code: 'data/invalid-query', hint: /after/ },
  })
  row('a filter cannot look into other collections', {
    as: asAnn,
    request: 'GET /data/todos?where=db.people.exists(p, p.secretNote == "hidden")',
    expect: { status: 422, code: 'policy/invalid-expression' },
  })
  row('a cast that fails', {
    as: asAnn,
    request: 'GET /data/todos?select=title::integer',
    expect: { status: 400, code: 'data/invalid-query' },
  })
})

describe('insert', () => {
  row('fills in defaults and answers the document', {
    as: asAnn,
    request: 'POST /data/todos?select=title,owner,done,shout',
    body: { title: 'New' },
    expect: {
      status: 201,
      body: { title: 'New', owner: 'ann', done: false, shout: 'New!' },
      headers: { 'x-cloudbox-commit': /^\d+$/ },
    },
  })
  row('the policy is asked before anything is written', {
    as: asAnn,
    request: 'POST /data/todos',
    body: [{ title: 'mine' }, { title: 'his', owner: 'bob' }],
    expect: { status: 403, code: 'data/not-allowed', at: ['/1'] },
  })
  row('nothing of it was', {
    as: 'secret',
    request: 'GET /data/todos?title=eq.mine',
    expect: { status: 200, body: [] },
  })
  row('the policy may read computed fields', {
    as: asAnn,
    request: 'POST /data/todos',
    body: { title: 'forbidden' },
    expect: { status: 403 },
  })
  row('an anonymous caller has no uid to own it', {
    as: 'anonymous',
    request: 'POST /data/todos',
    body: { title: 'x' },
    expect: { status: 403 },
  })
  row('all mistakes at once', {
    as: 'secret',
    request: 'POST /data/todos',
    body: [
      { title: 'ok' },
      {
        titel: 'x',
        priority: 10,
        done: 'yes',
        shout: 'a',
        createdAt: 'now',
        tags: ['a', 5],
        place: { lat: 91, lng: 0 },
        state: 'opne',
        price: 'x',
        due: '2026-02-30T00:00:00Z',
      },
    ],
    expect: {
      status: 422,
      code: 'data/invalid-document',
      at: [
        '/1/titel',
        '/1/priority',
        '/1/done',
        '/1/shout',
        '/1/createdAt',
        '/1/tags/1',
        '/1/place/lat',
        '/1/state',
        '/1/price',
        '/1/due',
        '/1/title',
      ],
    },
  })
  row('text that Postgres cannot hold', {
    as: 'secret',
    request: 'POST /data/todos',
    body: '{"title":"a\\u0000","meta":{"x":"\\ud800"}}',
    expect: { status: 422, at: ['/title', '/meta/x'] },
  })
  row('a taken value', {
    as: 'secret',
    request: 'POST /data/people',
    body: { name: 'Other', email: 'ann@example.org' },
    expect: { status: 409, code: 'data/conflict', at: ['/email'], hint: /onConflict=email/ },
  })
  row('a relation to nothing', {
    as: 'secret',
    request: 'POST /data/todos',
    body: { title: 'x', author: todoId(99) },
    expect: { status: 409, code: 'data/broken-relation', at: ['/author'] },
  })
  row('minimal answers nothing', {
    as: asAnn,
    request: 'POST /data/todos',
    body: { title: 'quiet' },
    headers: { prefer: 'return=minimal' },
    expect: { status: 204, body: '', headers: { 'x-cloudbox-commit': /^\d+$/ } },
  })
  row('what the caller may not read is not answered', {
    as: 'anonymous',
    request: 'POST /data/loose?select=kind',
    body: { kind: 'c', any: { thing: 1 } },
    expect: { status: 201, body: { kind: 'c' } },
  })
  row('bad JSON', {
    as: asAnn,
    request: 'POST /data/todos',
    body: '{',
    expect: { status: 400, code: 'http/bad-json' },
  })
})

describe('update', () => {
  row('by id', {
    as: asAnn,
    request: `PATCH /data/todos/${todoId(2)}?select=title,priority`,
    body: { priority: 7 },
    expect: { status: 200, body: { title: 'Bread', priority: 7 } },
  })
  row('null clears', {
    as: asAnn,
    request: `PATCH /data/todos/${todoId(2)}?select=priority`,
    body: { priority: null },
    expect: { status: 200, body: { priority: null } },
  })
  row('but not what is required', {
    as: asAnn,
    request: `PATCH /data/todos/${todoId(2)}`,
    body: { title: null },
    expect: { status: 422, at: ['/title'] },
  })
  row('a hidden document is not found', {
    as: asAnn,
    request: `PATCH /data/todos/${todoId(4)}`,
    body: { title: 'x' },
    expect: { status: 404, code: 'data/unknown-document' },
  })
  row('what it would become is checked', {
    as: asAnn,
    request: `PATCH /data/todos/${todoId(2)}`,
    body: { owner: 'bob' },
    expect: { status: 403, code: 'data/not-allowed' },
  })
  row('and was not written', {
    as: 'secret',
    request: `GET /data/todos/${todoId(2)}?select=owner`,
    expect: { status: 200, body: { owner: 'ann' } },
  })
  row('by filter, only what the policies let through', {
    as: asAnn,
    request: 'PATCH /data/todos?title=in.(Milk,Bobs,Shared)&select=title',
    body: { done: true },
    expect: { status: 200, body: [{ title: 'Milk' }] },
  })
  row('needs a filter', {
    as: asAnn,
    request: 'PATCH /data/todos',
    body: { done: true },
    expect: { status: 400, code: 'data/filter-needed' },
  })
  row('the id stays', {
    as: asAnn,
    request: `PATCH /data/todos/${todoId(2)}`,
    body: { id: todoId(50) },
    expect: { status: 422, at: ['/id'] },
  })
  row('nothing to change finds the document', {
    as: asAnn,
    request: `PATCH /data/todos/${todoId(2)}?select=title`,
    body: {},
    expect: { status: 200, body: { title: 'Bread' } },
  })
  row('unknown fields merge, null removes', {
    as: 'secret',
    request: 'PATCH /data/loose?kind=eq.b&select=*',
    body: { size: null, more: [1] },
    expect: { status: 200, pluck: ['more', [[1]]] },
  })
})

describe('upsert', () => {
  row('by a unique field, changing only what is given', {
    as: 'secret',
    request: 'PUT /data/people?onConflict=email&select=name,secretNote',
    body: [
      { email: 'bob@example.org', name: 'Bob' },
      { email: 'eve@example.org', name: 'Eve' },
    ],
    expect: {
      status: 200,
      body: [
        { name: 'Bob', secretNote: 'hidden' },
        { name: 'Eve', secretNote: null },
      ],
    },
  })
  row('of somebody else is refused', {
    as: asAnn,
    request: 'PUT /data/todos',
    body: [{ id: todoId(4), title: 'stolen', owner: 'ann' }],
    expect: { status: 403, code: 'data/not-allowed' },
  })
  row('of his own', {
    as: asAnn,
    request: 'PUT /data/todos?select=title,owner',
    body: { id: todoId(3), title: 'Uber' },
    expect: { status: 200, body: { title: 'Uber', owner: 'ann' } },
  })
  row('needs a unique field', {
    as: 'secret',
    request: 'PUT /data/people?onConflict=name',
    body: { name: 'x' },
    expect: { status: 400, code: 'data/invalid-query', hint: /id, email/ },
  })
  row('the same twice', {
    as: 'secret',
    request: 'PUT /data/people?onConflict=email',
    body: [
      { name: 'a', email: 'q@q.qq' },
      { name: 'b', email: 'q@q.qq' },
    ],
    expect: { status: 422, at: ['/1/email'] },
  })
})

describe('delete', () => {
  row('needs a filter', {
    as: asAnn,
    request: 'DELETE /data/todos',
    expect: { status: 400, code: 'data/filter-needed' },
  })
  row('of somebody else is not found', {
    as: asAnn,
    request: `DELETE /data/todos/${todoId(4)}`,
    expect: { status: 404 },
  })
  row('which others point to', {
    as: 'secret',
    request: `DELETE /data/people/${bob}`,
    expect: { status: 409, code: 'data/broken-relation' },
  })
  row('by id answers the last of it', {
    as: asAnn,
    request: `DELETE /data/todos/${todoId(2)}?select=title`,
    expect: { status: 200, body: { title: 'Bread' } },
  })
  row('everything one may', {
    as: asBob,
    request: 'DELETE /data/todos?where=true&select=title',
    expect: { status: 200, body: [{ title: 'Bobs' }, { title: 'Shared' }] },
  })
  row('leaves the others alone', {
    as: 'secret',
    request: 'GET /data/todos?owner=eq.ann&count=exact&limit=0',
    expect: { status: 200, headers: { 'content-range': '*/4' } },
  })
})
