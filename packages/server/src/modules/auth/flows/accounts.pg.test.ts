import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { SessionReply, SignUpReply } from '@cloudbox/protocol/auth'
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import { startTestServer } from '../../../testing/start-test-server.ts'

const server = await startTestServer({ after })
const asApp = { apikey: server.publishableKey }
const asUser = ({ accessToken }: SessionReply) => ({ ...asApp, authorization: `Bearer ${accessToken}` })
const post = (path: string, body: unknown, headers: Record<string, string> = asApp) =>
  server.request('POST', `/auth/${path}`, { body, headers })
const codeOf = (answer: { body: unknown }) => (answer.body as { code: string }).code

await server.request('PATCH', '/auth/settings', { body: { verifyEmail: false, anonymous: true } })

async function signedUp(email: string): Promise<SessionReply> {
  const { status, body } = await post('sign-up', { email, password: 'correct horse' })
  assert.equal(status, 200, JSON.stringify(body))
  return (body as SignUpReply).session!
}

test('signing up gives a session, whose token others can verify with the published keys', async () => {
  const session = await signedUp('Ada@Example.com')
  assert.equal(session.user.email, 'ada@example.com')
  const { body: jwks } = await server.request('GET', '/auth/.well-known/jwks.json', { headers: {} })
  const keys = createLocalJWKSet(jwks as JSONWebKeySet)
  const { payload } = await jwtVerify(session.accessToken, keys, { audience: server.environment.id })
  assert.equal(payload.sub, session.user.id)
  assert.equal(payload.email, 'ada@example.com')
  assert.equal(payload.aal, 1)
  const { status, body } = await server.request('GET', '/auth/user', { headers: asUser(session) })
  assert.equal(status, 200, JSON.stringify(body))
  assert.deepEqual(body, session.user)
})

test('signing in needs the right password, and tells nothing about what was wrong', async () => {
  await signedUp('bob@example.com')
  const right = await post('sign-in', { email: 'BOB@example.com', password: 'correct horse' })
  assert.equal(right.status, 200, JSON.stringify(right.body))
  const wrong = await post('sign-in', { email: 'bob@example.com', password: 'wrong' })
  const unknown = await post('sign-in', { email: 'nobody@example.com', password: 'wrong' })
  assert.equal(wrong.status, 400)
  const { requestId: _a, ...one } = wrong.body as Record<string, unknown>
  const { requestId: _b, ...other } = unknown.body as Record<string, unknown>
  assert.deepEqual(one, other)
})

test('refresh: the same successor within the grace, and an old token ends the session', async () => {
  const first = await signedUp('cleo@example.com')
  const refresh = (session: SessionReply) => post('refresh', { refreshToken: session.refreshToken })
  const answers = await Promise.all(Array.from({ length: 8 }, () => refresh(first)))
  const tokens = new Set(answers.map(({ body }) => (body as SessionReply).refreshToken))
  assert.equal(tokens.size, 1)
  const second = answers[0]!.body as SessionReply
  const third = (await refresh(second)).body as SessionReply
  assert.equal((await server.request('GET', '/auth/user', { headers: asUser(third) })).status, 200)
  const stolen = await refresh(first)
  assert.equal(codeOf(stolen), 'auth/refresh-token-reused')
  assert.equal(codeOf(await refresh(third)), 'auth/session-ended')
  assert.equal(
    codeOf(await server.request('GET', '/auth/user', { headers: asUser(third) })),
    'auth/session-ended',
  )
  await server.restart()
  assert.equal(
    codeOf(await server.request('GET', '/auth/user', { headers: asUser(third) })),
    'auth/session-ended',
  )
})

test('devices: listed, and each can be signed out', async () => {
  const here = await signedUp('dora@example.com')
  const { body: there } = await post(
    'sign-in',
    { email: 'dora@example.com', password: 'correct horse' },
    {
      ...asApp,
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
    },
  )
  const { body } = await server.request('GET', '/auth/sessions', { headers: asUser(here) })
  const devices = body as { id: string; current: boolean; browser: string; system: string }[]
  assert.deepEqual(
    devices.map(({ current, browser, system }) => [current, browser, system]),
    [
      [false, 'Firefox 128', 'Linux'],
      [true, null, null],
    ],
  )
  const other = devices.find(({ current }) => !current)!
  const path = `/auth/sessions/${other.id}`
  assert.equal((await server.request('DELETE', path, { headers: asUser(here) })).status, 204)
  assert.equal((await server.request('DELETE', path, { headers: asUser(here) })).status, 404)
  const gone = await server.request('GET', '/auth/user', { headers: asUser(there as SessionReply) })
  assert.equal(codeOf(gone), 'auth/session-ended')
  assert.equal((await server.request('GET', '/auth/user', { headers: asUser(here) })).status, 200)
})

test('nobody signs anybody else out', async () => {
  const [eve, fred] = [await signedUp('eve@example.com'), await signedUp('fred@example.com')]
  const { body } = await server.request('GET', '/auth/sessions', { headers: asUser(fred) })
  const [device] = body as { id: string }[]
  const answer = await server.request('DELETE', `/auth/sessions/${device!.id}`, { headers: asUser(eve) })
  assert.equal(codeOf(answer), 'auth/session-not-found')
  assert.equal((await server.request('GET', '/auth/user', { headers: asUser(fred) })).status, 200)
})

test('an anonymous account becomes a real one', async () => {
  const { body } = await post('anonymous', {})
  const session = body as SessionReply
  assert.equal(session.user.isAnonymous, true)
  const change = await server.request('PATCH', '/auth/user', {
    body: { email: 'gus@example.com', password: 'correct horse' },
    headers: asUser(session),
  })
  assert.equal(change.status, 200, JSON.stringify(change.body))
  const signIn = await post('sign-in', { email: 'gus@example.com', password: 'correct horse' })
  assert.equal((signIn.body as SessionReply).user.id, session.user.id)
  assert.equal((signIn.body as SessionReply).user.isAnonymous, false)
})

test('keys rotate without ending what they signed', async () => {
  const session = await signedUp('hal@example.com')
  for (let i = 0; i < 2; i++) {
    assert.equal((await server.request('POST', '/auth/keys/rotate')).status, 204)
    assert.equal((await server.request('GET', '/auth/user', { headers: asUser(session) })).status, 200)
  }
  const { body } = await post('refresh', { refreshToken: session.refreshToken })
  const kid = (token: string) =>
    (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid
  assert.notEqual(kid((body as SessionReply).accessToken), kid(session.accessToken))
})
