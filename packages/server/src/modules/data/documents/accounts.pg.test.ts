import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { SessionReply, SignUpReply } from '@cloudbox/protocol/auth'
import { startTestServer, type Answer } from '../../../testing/start-test-server.ts'

const server = await startTestServer({ after })
const apikey = server.publishableKey

function done(answer: Answer): unknown {
  assert.ok(answer.status < 300, JSON.stringify(answer.body))
  return answer.body
}

async function signUp(email: string, name: string): Promise<SessionReply> {
  const body = { email, password: 'correct horse', name }
  const reply = done(
    await server.request('POST', '/auth/sign-up', { body, headers: { apikey } }),
  ) as SignUpReply
  return reply.session!
}

test('who signs up finds himself in users with the fields of the author, and writes what is his', async () => {
  done(await server.request('PATCH', '/auth/settings', { body: { verifyEmail: false } }))
  const fields = {
    plan: { type: 'text', required: true, default: 'free' },
    handle: { type: 'text', unique: true },
    note: { type: 'text', default: { cel: 'auth.uid' } },
  }
  const indexes = [{ fields: ['name', 'handle'], unique: true }]
  done(await server.request('PATCH', '/data/$collections/users', { body: { fields, indexes } }))
  done(
    await server.request('POST', '/data/$collections', {
      body: {
        name: 'posts',
        fields: { author: { type: 'relation', to: 'users', default: { cel: 'auth.uid' } } },
        policies: { create: 'next.author == auth.uid', list: 'doc.author == auth.uid' },
      },
    }),
  )
  const { user, accessToken } = await signUp('ada@example.org', 'Ada')
  await signUp('other@example.org', 'Ada')
  const headers = { apikey, authorization: `Bearer ${accessToken}` }
  const as = (method: string, path: string, body?: unknown) => server.request(method, path, { body, headers })

  const { plan, handle, note, ...own } = (
    done(await as('GET', '/data/users')) as Record<string, unknown>[]
  )[0]!
  assert.deepEqual([plan, handle, note], ['free', null, null])
  const times = ['createdAt', 'updatedAt', 'lastSignInAt'] as const
  const inMs = (document: Record<string, unknown>) =>
    Object.fromEntries(
      Object.entries(document).map(([key, value]) =>
        times.some(time => time === key) ? [key, Date.parse(String(value))] : [key, value],
      ),
    )
  const shown = done(await as('GET', '/auth/user')) as Record<string, unknown>
  assert.deepEqual(inMs(own), inMs(shown), 'both doors show the same account')

  done(await as('PATCH', `/data/users/${user.id}`, { name: 'Ada L.', handle: 'ada' }))
  assert.equal((done(await as('GET', '/auth/user')) as { name: string }).name, 'Ada L.')
  const posts = [{ author: { name: 'Ada L.', handle: 'ada' } }]
  done(await as('POST', '/data/posts', {}))
  assert.deepEqual(done(await as('GET', '/data/posts?select=author(name,handle)')), posts)
  assert.equal((await as('PATCH', `/data/users/${user.id}`, { email: 'eve@example.org' })).status, 422)
})
