import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import type { SessionReply } from '@cloudbox/protocol/auth'
import { id, sql } from '../../../kernel/sql.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'

const server = await startTestServer({ after })
const { schema } = server.environment
const asApp = { apikey: server.publishableKey }
const body = { email: 'ada@example.com', password: 'correct horse' }
const codeOf = (answer: { body: unknown }) => (answer.body as { code?: string }).code
const post = (path: string, body: object) => server.request('POST', `/auth/${path}`, { body, headers: asApp })
const change = (settings: object) => server.request('PATCH', '/auth/settings', { body: settings })
const signIn = async () => (await post('sign-in', body)).body as SessionReply
const refresh = ({ refreshToken }: SessionReply) => post('refresh', { refreshToken })
const self = ({ accessToken }: SessionReply) =>
  server.request('GET', '/auth/user', { headers: { ...asApp, authorization: `Bearer ${accessToken}` } })
/** So many seconds pass for all sessions. */
const pass = (seconds: number) =>
  server.db.query(sql`
    update ${id(schema, 'auth_sessions')} set
      ends_at = ends_at - make_interval(secs => ${seconds}),
      idle_ends_at = idle_ends_at - make_interval(secs => ${seconds})`)

await server.request('POST', '/auth/users', { body: { ...body, emailVerified: true } })
beforeEach(() => change({ singleSession: false, sessionSeconds: 2_592_000, sessionIdleSeconds: 0 }))

test('one session at a time: the latest ends those before', async () => {
  const first = await signIn()
  await change({ singleSession: true })
  const second = await signIn()
  // Told with the commit, which the change stream brings.
  let answer = await self(first)
  for (let tries = 0; answer.status === 200 && tries < 200; tries++) answer = await self(first)
  assert.equal(codeOf(answer), 'auth/session-ended')
  assert.equal(codeOf(await refresh(first)), 'auth/session-ended')
  assert.equal((await self(second)).status, 200)
})

test('a session ends after its longest life, however often it is used', async () => {
  await change({ sessionSeconds: 3600 })
  let session = await signIn()
  await pass(3000)
  session = (await refresh(session)).body as SessionReply
  assert.equal(session.user.email, body.email)
  await pass(601)
  assert.equal(codeOf(await refresh(session)), 'auth/session-ended')
})

test('a session that is not used ends, one that is used goes on', async () => {
  await change({ sessionIdleSeconds: 600 })
  let session = await signIn()
  const sleeper = await signIn()
  for (let i = 0; i < 3; i++) {
    await pass(400)
    session = (await refresh(session)).body as SessionReply
    assert.equal(session.user.email, body.email)
  }
  assert.equal(codeOf(await refresh(sleeper)), 'auth/session-ended')
})
