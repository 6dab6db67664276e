import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { ask, scenario, type Scenario } from '../../../testing/scenario.ts'
import { todoId, asAnn, asBob, startTodoServer } from '../testing/todo-server.ts'

const server = await startTodoServer({ after })
const row = (title: string, one: Scenario) => scenario(title, () => server, one)

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
