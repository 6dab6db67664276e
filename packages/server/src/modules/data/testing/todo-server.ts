import assert from 'node:assert/strict'
import { ask, type As } from '../../../testing/scenario.ts'
import { startTestServer, type TestServer } from '../../../testing/start-test-server.ts'
import type { Cleanup } from '../../../testing/test-database.ts'

export const ann = '0198c0de-0000-7000-8000-00000000000a'
export const bob = '0198c0de-0000-7000-8000-00000000000b'
export const todoId = (n: number) => `0198c0de-0000-7000-8000-0000000001${String(n).padStart(2, '0')}`
export const asAnn: As = { uid: 'ann' }
export const asBob: As = { uid: 'bob' }

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

/** A server with todos of two people, a closed collection and a flexible one. */
export async function startTodoServer(cleanup: Cleanup): Promise<TestServer> {
  const server = await startTestServer(cleanup, { dev: false })
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
  return server
}
