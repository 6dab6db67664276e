import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { startTestServer } from '@cloudbox/server/testing/start-test-server'
import { createClient } from '../client.ts'

export interface Todo {
  id: string
  title: string
  done: boolean
  priority: number | null
  tags: string[] | null
  owner: string | null
  createdAt: string
  updatedAt: string
}
interface Schema {
  todos: Todo
}

/** A server with a collection everybody may read, and only the owner may write. */
export async function startTodos(t: TestContext) {
  const server = await startTestServer(t)
  const created = await server.request('POST', '/data/$collections', {
    body: {
      name: 'todos',
      fields: {
        title: { type: 'text', required: true, unique: true },
        done: { type: 'boolean', default: false },
        priority: { type: 'integer' },
        tags: { type: 'text', list: true },
        owner: { type: 'text', default: { cel: 'auth.uid' } },
      },
      policies: {
        list: 'doc.owner == null || doc.owner == auth.uid',
        get: 'doc.owner == null || doc.owner == auth.uid',
        create: 'auth.uid != null',
        update: 'doc.owner == auth.uid',
        delete: 'doc.owner == auth.uid',
      },
    },
  })
  assert.equal(created.status, 201, JSON.stringify(created.body))
  const connect = (key: string, token?: string) => {
    const box = createClient<Schema>(server.environmentUrl, key, token === undefined ? {} : { token })
    t.after(() => box.close())
    return box
  }
  return { server, connect, admin: connect(server.secretKey), visitor: connect(server.publishableKey) }
}

/** Documents with what needs care: quotes, commas, absent values, empty lists. */
export const five = ['a', 'b', 'c,d', 'say "e"', 'F'].map((title, at) => ({
  title,
  priority: at === 2 ? null : at,
  done: at % 2 === 1,
  tags: at === 0 ? [] : [`t${at}`, 'all ours'],
}))
