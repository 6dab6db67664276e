import { after, describe } from 'node:test'
import { scenario, type Scenario } from '../../../testing/scenario.ts'
import { bob, todoId, asAnn, asBob, startTodoServer } from '../testing/todo-server.ts'

const server = await startTodoServer({ after })
const row = (title: string, one: Scenario) => scenario(title, () => server, one)

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
