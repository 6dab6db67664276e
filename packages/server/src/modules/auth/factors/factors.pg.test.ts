import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { SessionReply } from '@cloudbox/protocol/auth'
import type { Factor, NewFactorReply } from '@cloudbox/protocol/auth-factors'
import { id, sql } from '../../../kernel/sql.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'
import { totp as codeAt } from './totp.ts'

const server = await startTestServer({ after })
const { schema } = server.environment
const asApp = { apikey: server.publishableKey }
const password = 'correct horse'
const codeOf = (answer: { body: unknown }) => (answer.body as { code: string }).code
const asUser = ({ accessToken }: SessionReply) => ({ ...asApp, authorization: `Bearer ${accessToken}` })
const call = (session: SessionReply, method: string, path: string, body?: unknown) =>
  server.request(method, `/auth/${path}`, {
    ...(body === undefined ? {} : { body }),
    headers: asUser(session),
  })
const claimsOf = ({ accessToken }: SessionReply) =>
  JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as { aal: number; sid: string }

async function signIn(email: string): Promise<SessionReply> {
  const { status, body } = await server.request('POST', '/auth/sign-in', {
    body: { email, password },
    headers: asApp,
  })
  assert.equal(status, 200, JSON.stringify(body))
  return body as SessionReply
}
async function newcomer(email: string): Promise<SessionReply> {
  await server.request('POST', '/auth/users', { body: { email, password, emailVerified: true } })
  return signIn(email)
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
function secretOf(text: string): Buffer {
  const bits = [...text].map(letter => base32.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from(bits.match(/.{8}/g)!.map(byte => Number.parseInt(byte, 2)))
}
const step = () => Math.floor(Date.now() / 30_000)

/** Sets up an app; gives its secret and the raised session. */
async function setUp(session: SessionReply) {
  const { status, body } = await call(session, 'POST', 'factors', { kind: 'totp', name: 'phone' })
  assert.equal(status, 201, JSON.stringify(body))
  const { id: factorId, secret, uri } = body as NewFactorReply
  assert.match(uri, /^otpauth:\/\/totp\//)
  const key = secretOf(secret)
  // The step before, so that this one is still good for the next.
  const answer = await call(session, 'POST', `factors/${factorId}/verify`, { code: codeAt(key, step() - 1) })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return { factorId, key, raised: answer.body as SessionReply }
}

test('a code raises the same session, also over a refresh', async () => {
  const session = await newcomer('ada@example.com')
  const { raised } = await setUp(session)
  assert.deepEqual([claimsOf(session).aal, claimsOf(raised).aal], [1, 2])
  assert.equal(claimsOf(raised).sid, claimsOf(session).sid)
  const { refreshToken } = raised
  const { body } = await server.request('POST', '/auth/refresh', { body: { refreshToken }, headers: asApp })
  assert.equal(claimsOf(body as SessionReply).aal, 2)
  const { body: factors } = await call(raised, 'GET', 'factors')
  assert.deepEqual(
    (factors as Factor[]).map(({ name, verified }) => [name, verified]),
    [['phone', true]],
  )
})

test('a code is good once', async () => {
  const session = await newcomer('bob@example.com')
  const { factorId, key } = await setUp(session)
  const code = codeAt(key, step())
  assert.equal((await call(session, 'POST', `factors/${factorId}/verify`, { code })).status, 200)
  assert.equal(codeOf(await call(session, 'POST', `factors/${factorId}/verify`, { code })), 'auth/wrong-code')
})

test('guessing codes locks', async () => {
  const session = await newcomer('cleo@example.com')
  const { factorId, key } = await setUp(session)
  const right = new Set([-1, 0, 1, 2].map(near => codeAt(key, step() + near)))
  const wrong = ['000000', '111111', '222222', '333333', '444444'].find(code => !right.has(code))!
  let last = ''
  for (let i = 0; i < 6; i++)
    last = codeOf(await call(session, 'POST', `factors/${factorId}/verify`, { code: wrong }))
  assert.equal(last, 'auth/locked-out')
})

test('a stolen password alone neither removes the factor nor changes password or address', async () => {
  const first = await newcomer('dora@example.com')
  const { factorId } = await setUp(first)
  const thief = await signIn('dora@example.com')
  const attempts: [string, string, unknown?][] = [
    ['DELETE', `factors/${factorId}`],
    ['POST', 'factors', { kind: 'totp' }],
    ['POST', 'factors/backup-codes'],
    ['PATCH', 'user', { password: 'the thief waits', currentPassword: password }],
    ['PATCH', 'user', { email: 'thief@example.com' }],
  ]
  for (const [method, path, body] of attempts)
    assert.equal(codeOf(await call(thief, method, path, body)), 'auth/step-up-needed', `${method} ${path}`)
})

test('a factor of somebody else is none', async () => {
  const { factorId, key } = await setUp(await newcomer('eve@example.com'))
  const fred = await newcomer('fred@example.com')
  const code = codeAt(key, step())
  assert.equal(
    codeOf(await call(fred, 'POST', `factors/${factorId}/verify`, { code })),
    'auth/factor-not-found',
  )
  assert.equal(codeOf(await call(fred, 'DELETE', `factors/${factorId}`)), 'auth/factor-not-found')
})

test('backup codes are good once, and go with the last factor', async () => {
  const { factorId, raised } = await setUp(await newcomer('gus@example.com'))
  const made = await call(raised, 'POST', 'factors/backup-codes')
  const { codes } = made.body as { codes: string[] }
  assert.equal(codes.length, 10)
  const weak = await signIn('gus@example.com')
  const verify = (code: string) => call(weak, 'POST', 'factors/backup-codes/verify', { code })
  const answer = await verify(codes[0]!.toUpperCase())
  assert.equal(claimsOf(answer.body as SessionReply).aal, 2)
  assert.equal(codeOf(await verify(codes[0]!)), 'auth/wrong-code')
  assert.equal((await call(raised, 'DELETE', `factors/${factorId}`)).status, 204)
  assert.equal(codeOf(await verify(codes[1]!)), 'auth/wrong-code')
})

test('nothing in the database makes codes', async () => {
  const { key } = await setUp(await newcomer('hal@example.com'))
  const rows = await server.db.query<{ text: string }>(
    sql`select f::text as text from ${id(schema, 'auth_factors')} f`,
  )
  assert.ok(rows.length > 0)
  for (const { text } of rows) assert.ok(!text.includes(key.toString('hex')))
})

test('policies see how strong a session is', async () => {
  await server.request('POST', '/data/$collections', {
    body: { name: 'vault', fields: { note: { type: 'text' } }, policies: { list: 'auth.aal >= 2' } },
  })
  await server.request('POST', '/data/vault', { body: { note: 'gold' } })
  const session = await newcomer('ida@example.com')
  const read = async (as: SessionReply) =>
    (await server.request('GET', '/data/vault', { headers: asUser(as) })).body
  assert.deepEqual(await read(session), [])
  const { raised } = await setUp(session)
  assert.equal(((await read(raised)) as unknown[]).length, 1)
})
