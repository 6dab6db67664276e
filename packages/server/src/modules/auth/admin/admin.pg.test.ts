import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { SessionReply, User } from '@cloudbox/protocol/auth'
import type { AuditRow, UserImportReply } from '@cloudbox/protocol/auth-admin'
import { startTestServer } from '../../../testing/start-test-server.ts'

const server = await startTestServer({ after })
const asApp = { apikey: server.publishableKey }
const password = 'correct horse'
const codeOf = (answer: { body: unknown }) => (answer.body as { code: string }).code

async function made(user: object): Promise<User> {
  const { status, body } = await server.request('POST', '/auth/users', { body: user })
  assert.equal(status, 201, JSON.stringify(body))
  return body as User
}
async function signIn(email: string, secret = password) {
  return server.request('POST', '/auth/sign-in', { body: { email, password: secret }, headers: asApp })
}
const asUser = ({ accessToken }: SessionReply) => ({ ...asApp, authorization: `Bearer ${accessToken}` })

test('users are made, found, paged, changed and removed', async () => {
  const ada = await made({ email: 'Ada@example.com', name: 'Ada', emailVerified: true, roles: ['editor'] })
  await made({ email: 'bob_1@example.com', name: 'Bob' })
  await made({ email: 'bobx1@example.com', name: 'Bobby' })
  const names = async (query: string) => {
    const { body } = await server.request('GET', `/auth/users${query}`)
    return (body as { users: User[] }).users.map(user => user.name)
  }
  assert.deepEqual(await names('?search=ada'), ['Ada'])
  assert.deepEqual(await names('?search=bob_'), ['Bob'])
  assert.deepEqual(await names(`?search=${ada.id}`), ['Ada'])
  const { body } = await server.request('GET', '/auth/users?limit=2')
  const { users, next } = body as { users: User[]; next: string }
  assert.deepEqual(
    users.map(user => user.name),
    ['Bobby', 'Bob'],
  )
  assert.deepEqual(await names(`?after=${next}`), ['Ada'])

  const taken = await server.request('POST', '/auth/users', { body: { email: 'ADA@example.com' } })
  assert.equal(codeOf(taken), 'auth/account-exists')
  const patched = await server.request('PATCH', `/auth/users/${ada.id}`, {
    body: { claims: { plan: 'pro' } },
  })
  assert.deepEqual((patched.body as User).claims, { plan: 'pro' })
  assert.equal((await server.request('DELETE', `/auth/users/${ada.id}`)).status, 204)
  assert.equal(codeOf(await server.request('GET', `/auth/users/${ada.id}`)), 'auth/user-not-found')
  assert.equal(codeOf(await server.request('GET', '/auth/users/nonsense')), 'auth/user-not-found')
})

test('nobody but the secret key comes in', async () => {
  const { id } = await made({ email: 'cleo@example.com', emailVerified: true, password })
  const session = (await signIn('cleo@example.com')).body as SessionReply
  for (const [method, path] of [
    ['GET', '/auth/users'],
    ['GET', `/auth/users/${id}`],
    ['PATCH', `/auth/users/${id}`],
    ['DELETE', `/auth/users/${id}`],
    ['POST', `/auth/users/${id}/impersonate`],
    ['GET', '/auth/users/export'],
    ['GET', '/auth/audit'],
    ['GET', '/auth/settings'],
  ] as const)
    for (const headers of [asApp, asUser(session)])
      assert.equal((await server.request(method, path, { headers })).status, 403, `${method} ${path}`)
})

test('a role counts at once: the token of before is renewed', async () => {
  const { id } = await made({ email: 'dora@example.com', emailVerified: true, password })
  const session = (await signIn('dora@example.com')).body as SessionReply
  // The time of a token is in whole seconds.
  await new Promise(resolve => setTimeout(resolve, 1100))
  await server.request('PATCH', `/auth/users/${id}`, { body: { role: 'admin' } })
  let answer = await server.request('GET', '/auth/user', { headers: asUser(session) })
  for (let i = 0; answer.status === 200 && i < 100; i++)
    answer = await server.request('GET', '/auth/user', { headers: asUser(session) })
  assert.equal(codeOf(answer), 'auth/token-expired')
  const { refreshToken } = session
  const renewed = (await server.request('POST', '/auth/refresh', { body: { refreshToken }, headers: asApp }))
    .body as SessionReply
  assert.equal(renewed.user.role, 'admin')
  assert.equal((await server.request('GET', '/auth/user', { headers: asUser(renewed) })).status, 200)
})

test('a ban ends the sessions and keeps out until it is lifted', async () => {
  const { id } = await made({ email: 'eve@example.com', emailVerified: true, password })
  const session = (await signIn('eve@example.com')).body as SessionReply
  const ban = (bannedUntil: string | null) =>
    server.request('PATCH', `/auth/users/${id}`, { body: { bannedUntil } })
  assert.equal((await ban('2999-01-01T00:00:00.000Z')).status, 200)
  assert.equal(
    codeOf(await server.request('GET', '/auth/user', { headers: asUser(session) })),
    'auth/session-ended',
  )
  assert.equal(codeOf(await signIn('eve@example.com')), 'auth/banned')
  assert.equal(codeOf(await signIn('eve@example.com', 'wrong')), 'auth/wrong-credentials')
  await ban(null)
  assert.equal((await signIn('eve@example.com')).status, 200)
})

test('impersonation is told by the token, the devices and the audit log', async () => {
  const { id } = await made({ email: 'fred@example.com' })
  const path = `/auth/users/${id}/impersonate`
  assert.equal((await server.request('POST', path, { body: {} })).status, 422)
  const { body } = await server.request('POST', path, { body: { reason: 'ticket 7' } })
  const session = body as SessionReply
  const claims = JSON.parse(Buffer.from(session.accessToken.split('.')[1]!, 'base64url').toString()) as object
  const { sub } = (claims as { act: { sub: string } }).act
  assert.match(sub, /^key:[0-9a-f]{8}-/)
  const log = await server.request('GET', `/auth/audit?userId=${id}&action=session.impersonated`)
  const { entries } = log.body as { entries: AuditRow[] }
  assert.deepEqual(
    entries.map(({ actor, details }) => [actor, details]),
    [[sub, { reason: 'ticket 7' }]],
  )
})

test('migrated users keep their ids and passwords; what is wrong is named and hurts nobody else', async () => {
  const id = '0198c1a0-0000-7000-8000-000000000001'
  const passwordHash = '$2b$04$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
  const users = [
    { id, email: 'old@example.com', emailVerified: true, passwordHash },
    { email: 'old@example.com' },
    { email: 'bad@example.com', passwordHash: 'md5:nonsense' },
    { email: 'social@example.com', identities: [{ provider: 'google', subject: '1' }] },
    { email: 'thief@example.com', identities: [{ provider: 'google', subject: '1' }] },
  ]
  const { status, body } = await server.request('POST', '/auth/users/import', { body: { users } })
  assert.equal(status, 200, JSON.stringify(body))
  const { imported, refused } = body as UserImportReply
  assert.equal(imported, 2)
  assert.deepEqual(
    refused.map(({ at }) => at),
    ['/users/1', '/users/2/passwordHash', '/users/4'],
  )
  const thief = await server.request('GET', '/auth/users?search=thief')
  assert.deepEqual((thief.body as { users: User[] }).users, [])
  assert.equal(((await server.request('GET', `/auth/users/${id}`)).body as User).email, 'old@example.com')
})

test('what is exported can be imported again', async () => {
  const { id } = await made({
    email: 'gus@example.com',
    emailVerified: true,
    password,
    claims: { plan: 'pro' },
  })
  const banned = await made({ email: 'hank@example.com' })
  const bannedUntil = '2999-01-01T00:00:00.000Z'
  await server.request('PATCH', `/auth/users/${banned.id}`, { body: { bannedUntil } })
  const { body } = await server.request('GET', '/auth/users/export')
  const lines = String(body).trim().split('\n')
  const line = lines.map(text => JSON.parse(text) as { id: string }).find(user => user.id === id)!
  await server.request('DELETE', `/auth/users/${id}`)
  const { body: reply } = await server.request('POST', '/auth/users/import', { body: { users: [line] } })
  assert.deepEqual(reply, { imported: 1, refused: [] })
  const session = (await signIn('gus@example.com')).body as SessionReply
  assert.deepEqual(session.user.claims, { plan: 'pro' })
  // Nobody is let in by moving.
  const ban = lines.map(text => JSON.parse(text) as { id: string }).find(user => user.id === banned.id)!
  await server.request('DELETE', `/auth/users/${banned.id}`)
  await server.request('POST', '/auth/users/import', { body: { users: [ban] } })
  const moved = await server.request('GET', `/auth/users/${banned.id}`)
  assert.equal((moved.body as User).bannedUntil, bannedUntil)
})

test('an address or phone of somebody else is refused, with nothing changed', async () => {
  await made({ email: 'ida@example.com', phone: '+491701234567' })
  const { id } = await made({ email: 'jo@example.com' })
  for (const body of [{ email: 'IDA@example.com' }, { phone: '+491701234567', name: 'Not kept' }]) {
    const answer = await server.request('PATCH', `/auth/users/${id}`, { body })
    assert.equal(codeOf(answer), 'auth/account-exists')
  }
  assert.equal(((await server.request('GET', `/auth/users/${id}`)).body as User).name, null)
})
