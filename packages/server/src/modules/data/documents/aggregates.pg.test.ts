import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { ask, scenario, type Scenario } from '../../../testing/scenario.ts'
import { asAnn, asBob, startTodoServer } from '../testing/todo-server.ts'

const server = await startTodoServer({ after })
const row = (title: string, one: Scenario) => scenario(title, () => server, one)
const answers = (title: string, query: string, body: unknown, as: Scenario['as'] = 'secret') =>
  row(title, { as, request: `GET /data/todos?${query}`, expect: { status: 200, body } })
const refused = (title: string, query: string, at: string[], hint: RegExp) =>
  row(title, {
    as: 'secret',
    request: `GET /data/todos?${query}`,
    expect: { status: 400, code: 'data/invalid-query', at, hint },
  })

describe('groups', () => {
  answers('documents of each owner', 'select=owner,n:count()', [
    { owner: 'ann', n: 3 },
    { owner: 'bob', n: 2 },
  ])
  answers(
    'are ordered by an aggregate, and cut',
    'select=owner,total:priority.sum()&order=total.desc&limit=1',
    [{ owner: 'bob', total: 14 }],
  )
  answers('are ordered by what makes them', 'select=count(),owner&order=owner.desc', [
    { count: 2, owner: 'bob' },
    { count: 3, owner: 'ann' },
  ])
  answers('by several fields, null is a group', 'select=owner,done,n:count()&order=n.desc', [
    { owner: 'ann', done: false, n: 2 },
    { owner: 'bob', done: false, n: 2 },
    { owner: 'ann', done: true, n: 1 },
  ])
  answers('by a value inside json, and of another type', 'select=s:meta->>s,d:due::date,n:count()', [
    { s: 'x', d: '2026-01-31', n: 1 },
    { s: null, d: null, n: 4 },
  ])
  answers('by a list and by json', 'select=tags,b:meta->a->b,n:count()&limit=1', [
    { tags: ['food'], b: null, n: 1 },
  ])
  answers('of nothing are none', 'select=owner,n:count()&owner=eq.nobody', [])
  answers('which having keeps', 'select=owner,n:count(),total:priority.sum()&having=n.gt.2', [
    { owner: 'ann', n: 3, total: 3 },
  ])
  answers(
    'having takes groups of comparisons',
    'select=owner,n:count(),total:priority.sum()&having=or(n.gt.2,and(total.gte.14,owner.like.b*))',
    [
      { owner: 'ann', n: 3, total: 3 },
      { owner: 'bob', n: 2, total: 14 },
    ],
  )
  answers('having with brackets: all of them', 'select=owner,n:count()&having=(n.gte.2,owner.neq.ann)', [
    { owner: 'bob', n: 2 },
  ])
  answers('filters and where come before', 'select=owner,n:count()&priority=gt.1&where=doc.title != "Bobs"', [
    { owner: 'ann', n: 1 },
    { owner: 'bob', n: 1 },
  ])
  row('count=exact is the number of groups', {
    as: 'secret',
    request: 'GET /data/todos?select=title,n:count()&having=n.eq.1&limit=2&count=exact',
    expect: {
      status: 200,
      pluck: ['title', ['Bobs', 'Bread']],
      headers: { 'content-range': '0-1/5', 'x-cloudbox-next-cursor': null, etag: /^"/ },
    },
  })
  row('of a flexible collection', {
    as: 'secret',
    request: 'GET /data/loose?select=kind,size,sum:size::number.sum()&order=kind',
    expect: {
      status: 200,
      body: [
        { kind: 'a', size: 3, sum: 3 },
        { kind: 'b', size: '3', sum: 3 },
      ],
    },
  })
})

describe('aggregates', () => {
  answers(
    'of every kind',
    'select=n:count(),p:priority.count(),s:priority.sum(),a:priority.avg(),least:title.min(),most:due.max()',
    [{ n: 5, p: 4, s: 17, a: 4.25, least: 'Bobs', most: '2026-01-31T12:00:00+00:00' }],
  )
  answers(
    'of nothing: count is 0, the others null',
    'select=count(),priority.sum(),a:price.avg()&owner=eq.x',
    [{ count: 0, sum: null, a: null }],
  )
  answers('decimals stay text', 'select=s:price.sum(),a:price.avg(),m:price.max()', [
    { s: '1.50', a: '1.50000000000000000000', m: '1.50' },
  ])
  answers('a result may be cast', 'select=s:priority.sum()::text,a:price.avg()::number', [
    { s: '17', a: 1.5 },
  ])
  answers('of what is inside json', 'select=s:meta->a->b::integer.sum(),m:meta->>s.max()', [{ s: 5, m: 'x' }])

  test('the sum of integers is exact', async () => {
    await server.request('POST', '/data/$collections', {
      body: { name: 'large', fields: { n: { type: 'integer' } } },
    })
    const body = [1, 2, 3].map(() => ({ n: Number.MAX_SAFE_INTEGER }))
    await server.request('POST', '/data/large', { body })
    const response = await fetch(`${server.environmentUrl}/v1/data/large?select=s:n.sum()&having=s.gt.5`, {
      headers: { apikey: server.secretKey },
    })
    assert.equal(await response.text(), `[{"s":${3n * BigInt(Number.MAX_SAFE_INTEGER)}}]`)
  })

  test('a sum too large for its type is the mistake of the query, however it is asked for', async () => {
    await server.request('POST', '/data/$collections', {
      body: { name: 'huge', fields: { x: { type: 'number' } } },
    })
    await server.request('POST', '/data/huge', { body: [{ x: 1.7e308 }, { x: 1.7e308 }] })
    for (const accept of ['application/json', 'application/x-ndjson', 'text/csv']) {
      const { status, body } = await ask(server, {
        as: 'secret',
        request: 'GET /data/huge?select=x.sum()',
        headers: { accept },
      })
      const { code, hint, errors } = body as { code: string; hint: string; errors: { at: string }[] }
      assert.deepEqual([status, code, errors.map(({ at }) => at)], [400, 'data/invalid-query', ['?select']])
      assert.match(hint, /::decimal\.sum\(\)/)
    }
    const { body } = await ask(server, { as: 'secret', request: 'GET /data/huge?select=x::decimal.sum()' })
    assert.match((body as { sum: string }[])[0]!.sum, /^34(?:0{307})$/)
  })
})

describe('the list policy', () => {
  answers(
    'holds for what is summed up',
    'select=owner,n:count()',
    [
      { owner: 'ann', n: 3 },
      { owner: 'bob', n: 1 },
    ],
    asAnn,
  )
  answers('another user has other sums', 'select=n:count(),s:priority.sum()', [{ n: 2, s: 14 }], asBob)
  answers('nobody sees what is shared', 'select=n:count()', [{ n: 1 }], 'anonymous')
  answers('a filter that nothing can fulfil', 'select=n:count()&title=in.()', [{ n: 0 }], asAnn)
  row('closed stays closed', {
    as: 'anonymous',
    request: 'GET /data/locked?select=n:count()',
    expect: { status: 403, code: 'data/not-allowed' },
  })
})

describe('embedded', () => {
  row('the number of related documents', {
    as: 'secret',
    request: 'GET /data/people?select=name,todos!author(count(),last:title.max())&order=name',
    expect: {
      status: 200,
      body: [
        { name: 'Ann', todos: [{ count: 2, last: 'Über' }] },
        { name: 'Bob', todos: [{ count: 2, last: 'Bread' }] },
      ],
    },
  })
  row('under its policy, with groups, filter, having, order and limit', {
    as: asAnn,
    request:
      'GET /data/people?select=name,t:todos!author(done,n:count())&t.title=neq.Milk&t.having=n.gte.1&t.order=n.desc&t.limit=1&order=name',
    expect: { status: 200, body: [{ name: 'Ann', t: [{ done: false, n: 1 }] }] },
  })
  row('of a collection one may not list there are none', {
    as: 'anonymous',
    request: 'GET /data/people?select=name,todos!author(count())',
    expect: { status: 200, body: [{ name: 'Ann', todos: [{ count: 0 }] }] },
  })
})

describe('what is not understood', () => {
  refused('the sum of a text', 'select=title.sum()', ['?select[0:11]'], /numbers and decimals/)
  refused('the sum of json', 'select=x:meta->a.sum()', ['?select[2:15]'], /meta->key::number\.sum\(\)/)
  refused('the least of booleans', 'select=done.min()', ['?select[0:10]'], /count\(\) takes any/)
  refused('the greatest of lists', 'select=tags.max()', ['?select[0:10]'], /count\(\)/)
  refused('everything beside an aggregate', 'select=*,count()', ['?select'], /name the fields/)
  refused(
    'a relation beside an aggregate',
    'select=author(name),count()',
    ['?select[0:6]'],
    /author\(count\(\)\)/,
  )
  refused('groups by place', 'select=place,count()', ['?select[0:5]'], /another field/)
  refused('two of a name', 'select=a:priority.sum(),a:price.sum()', ['?select[19:30]'], /other:a/)
  refused(
    'an unknown name in having',
    'select=n:count()&having=nn.gt.5',
    ['?having[0:2]'],
    /did you mean 'n'/,
  )
  refused('an unknown name in order', 'select=n:count()&order=title', ['?order[0:5]'], /its fields are n/)
  refused('having that compares with a word', 'select=n:count()&having=n.gt.many', ['?having[2:9]'], /^/)
  refused('having without aggregates', 'select=title&having=title.eq.x', ['?having'], /select an aggregate/)
  refused('a cursor', 'select=n:count()&after=x', ['?after'], /limit/)
  refused('an estimated count', 'select=n:count()&count=estimated', ['?count'], /exact/)
  refused('more than a page', 'select=owner,count()&limit=1001', ['?limit'], /^/)
  refused('groups of one document', 'select=title,author(count())', ['?select[6:12]'], /^/)
  row('one document by its id', {
    as: 'secret',
    request: 'GET /data/todos/0198c0de-0000-7000-8000-000000000101?select=count()',
    expect: { status: 400, at: ['?select[0:7]'] },
  })
  test('changing documents', async () => {
    const path = '/data/todos?title=eq.nothing&select=title.max()&having=max.eq.a'
    const { status, body } = await ask(server, {
      as: 'secret',
      request: `PATCH ${path}`,
      body: { done: true },
    })
    assert.equal(status, 400, JSON.stringify(body))
  })
  row('a value that is no number', {
    as: 'secret',
    request: 'GET /data/todos?select=x:title::number.sum()',
    expect: { status: 400, code: 'data/invalid-query' },
  })
})
