import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { SessionReply } from '@cloudbox/protocol/auth'
import { startTestServer, type TestServer } from '../../testing/start-test-server.ts'

// Two environments with the same master key: whatever one of them gave is nothing in the other.

const [here, there] = [await startTestServer({ after }), await startTestServer({ after })]
const codeOf = ({ body }: { body: unknown }) => (body as { code?: string }).code

async function sessionAt(server: TestServer): Promise<SessionReply> {
  const body = { email: 'ada@example.com', password: 'correct horse' }
  await server.request('POST', '/auth/users', { body: { ...body, emailVerified: true } })
  const headers = { apikey: server.publishableKey }
  return (await server.request('POST', '/auth/sign-in', { body, headers })).body as SessionReply
}
const foreign = await sessionAt(there)
const own = await sessionAt(here)

interface OpenApi {
  readonly paths: Record<string, Record<string, { security?: readonly object[] }>>
}

test('every endpoint refuses a token of another environment, and a token that is none', async () => {
  const { body } = await here.request('GET', '/openapi.json')
  const endpoints = Object.entries((body as OpenApi).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase(),
      path,
      security,
    })),
  )
  let asked = 0
  for (const { method, path, security } of endpoints) {
    // What needs no key knows no caller.
    if (security !== undefined && security.length === 0) continue
    const below = path.replace(/^.*?\/v1/, '').replaceAll(/\{\w+\}/g, 'x')
    for (const token of [foreign.accessToken, 'nonsense', 'a.b.c']) {
      const headers = { apikey: here.publishableKey, authorization: `Bearer ${token}` }
      const withBody = method === 'GET' || method === 'DELETE' ? {} : { body: {} }
      const answer = await here.request(method, below, { headers, ...withBody })
      const text = `${method} ${below}: ${answer.status} ${codeOf(answer)}`
      assert.ok(['auth/token-invalid', 'platform/secret-key-needed'].includes(codeOf(answer)!), text)
      asked++
    }
  }
  assert.ok(asked > 150, `only ${asked} requests`)
})

test('refuses a refresh token of another environment, and a key of it', async () => {
  const headers = { apikey: here.publishableKey }
  const refresh = (refreshToken: string) =>
    here.request('POST', '/auth/refresh', { body: { refreshToken }, headers })
  assert.equal(codeOf(await refresh(foreign.refreshToken)), 'auth/refresh-token-invalid')
  assert.equal((await refresh(own.refreshToken)).status, 200)
  const answer = await here.request('GET', '/auth/user', { headers: { apikey: there.publishableKey } })
  assert.equal(answer.status, 401)
})

test('refuses malformed headers without breaking', async () => {
  for (const authorization of [
    'Bearer',
    'Bearer ',
    'Basic YTpi',
    'bearer x',
    'Bearer a b',
    'Bearer ..',
    `Bearer ${'x'.repeat(5000)}`,
  ]) {
    const headers = { apikey: here.publishableKey, authorization }
    assert.equal((await here.request('GET', '/auth/user', { headers })).status, 401, authorization)
  }
})

for (const signingAlgorithm of ['EdDSA', 'RS256'])
  test(`an environment may sign with ${signingAlgorithm}; tokens of before stay good`, async () => {
    await here.request('PATCH', '/auth/settings', { body: { signingAlgorithm } })
    await here.request('POST', '/auth/keys/rotate')
    const session = await sessionAt(here)
    const head = JSON.parse(Buffer.from(session.accessToken.split('.')[0]!, 'base64url').toString()) as object
    assert.equal((head as { alg: string }).alg, signingAlgorithm)
    for (const { accessToken } of [session, own]) {
      const headers = { apikey: here.publishableKey, authorization: `Bearer ${accessToken}` }
      assert.equal((await here.request('GET', '/auth/user', { headers })).status, 200)
    }
  })

test('what was ended stays so over a restart', async () => {
  const session = await sessionAt(here)
  const headers = { apikey: here.publishableKey, authorization: `Bearer ${session.accessToken}` }
  await here.request('POST', '/auth/sign-out', { body: {}, headers })
  await here.restart()
  assert.equal(codeOf(await here.request('GET', '/auth/user', { headers })), 'auth/session-ended')
})
