import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import type { SessionReply, SignUpReply } from '@cloudbox/protocol/auth'
import type { NewFactorReply } from '@cloudbox/protocol/auth-factors'
import { id, sql } from '../../../kernel/sql.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'
import { browserAt } from '../oauth/testing/browser-leg.ts'
import { mailReader } from './testing/mail-reader.ts'

// What a thief may try with a stolen token, an open tab or an address that is not his.

const server = await startTestServer({ after })
const { schema } = server.environment
const { mailTo, tokenIn, open, exchange, empty } = mailReader(server)
const asApp = { apikey: server.publishableKey }
const redirectTo = 'http://localhost:5173/welcome'
const password = 'correct horse'
const unlimited = { signIn: 0, signUp: 0, mail: 0, mailPerAddress: 0, confirm: 0 }

const codeOf = (answer: { body: unknown }) => (answer.body as { code: string }).code
const post = (path: string, body: unknown, headers: Record<string, string> = asApp) =>
  server.request('POST', `/auth/${path}`, { body, headers })
const asUser = ({ accessToken }: SessionReply) => ({ ...asApp, authorization: `Bearer ${accessToken}` })
const patch = (session: SessionReply, body: object) =>
  server.request('PATCH', '/auth/user', { body, headers: asUser(session) })
const change = (settings: object) => server.request('PATCH', '/auth/settings', { body: settings })
const signIn = async (email: string, secret = password) =>
  (await post('sign-in', { email, password: secret })).body as SessionReply

beforeEach(async () => {
  await change({ verifyEmail: true, anonymous: true, rateLimits: unlimited, captcha: null })
  await empty()
})

async function newcomer(email: string): Promise<SessionReply> {
  await server.request('POST', '/auth/users', { body: { email, password, emailVerified: true } })
  return signIn(email)
}

/** The tab was left open: the last proof is long ago. */
async function grewOld({ user }: SessionReply): Promise<void> {
  await server.db.query(sql`
    update ${id(schema, 'auth_sessions')} set proved_at = now() - interval '11 minutes' where user_id = ${user.id}`)
}

test('refuses the password of who signed up first, when the owner has the link mailed again', async () => {
  const email = 'again@example.com'
  await post('sign-up', { email, password: 'the thief waits', redirectTo })
  await post('sign-up', { email, password: 'mine is this', redirectTo })
  await mailTo(email, 'verify-email', 2)
  await empty()
  await post('resend', { email, redirectTo })
  const session = await exchange(await open(await mailTo(email, 'verify-email')))
  assert.equal(
    codeOf(await post('sign-in', { email, password: 'the thief waits' })),
    'auth/wrong-credentials',
  )
  // Whoever reads the mails of the address sets a password of his own.
  assert.equal((await patch(session, { password: 'mine is this' })).status, 200)
})

test('the link mailed again keeps the password where nobody else has signed up', async () => {
  const email = 'once@example.com'
  await post('sign-up', { email, password, redirectTo })
  await mailTo(email, 'verify-email')
  await empty()
  await post('resend', { email, redirectTo })
  await open(await mailTo(email, 'verify-email'))
  assert.equal((await post('sign-in', { email, password })).status, 200)
})

test('refuses the second factor and the phone of who waited in an account of my address', async () => {
  await change({ verifyEmail: false })
  const email = 'victim@example.com'
  const { session: thief } = (await post('sign-up', { email, password: 'the thief waits' }))
    .body as SignUpReply
  const { body } = await post('factors', { kind: 'totp' }, asUser(thief!))
  assert.ok((body as NewFactorReply).secret)
  await server.db.query(sql`update ${id(schema, 'auth_factors')} set confirmed_at = now()`)
  await server.db.query(sql`
    update ${id(schema, 'users')} set phone = '+4915112345678', "phoneVerified" = true where email = ${email}`)
  await post('recover', { email, redirectTo })
  const owner = await exchange(await open(await mailTo(email, 'reset-password')))
  assert.equal(owner.user.phone, null)
  assert.equal((await patch(owner, { password: 'mine is this' })).status, 200)
})

test('refuses another address to an open tab: it would be a new password an hour later', async () => {
  const session = await newcomer('open@example.com')
  await grewOld(session)
  const email = 'thief@example.com'
  assert.equal(codeOf(await patch(session, { email })), 'auth/step-up-needed')
  assert.equal(codeOf(await patch(session, { email, currentPassword: 'wrong' })), 'auth/wrong-credentials')
  assert.equal((await patch(session, { email, currentPassword: password })).status, 200)
})

test('refuses a second factor and a new identity to an open tab', async () => {
  const session = await newcomer('tab@example.com')
  await grewOld(session)
  assert.equal(codeOf(await post('factors', { kind: 'totp' }, asUser(session))), 'auth/step-up-needed')
  const link = { provider: 'google', redirectTo, codeChallenge: 'c'.repeat(43) }
  assert.equal(codeOf(await post('identities/authorize', link, asUser(session))), 'auth/step-up-needed')
  const fresh = await signIn('tab@example.com')
  assert.equal((await post('identities/authorize', link, asUser(fresh))).status, 200)
})

test('refuses password, address, factors and identities to an operator who acts as the user', async () => {
  const { user } = await newcomer('acted@example.com')
  const { body } = await server.request('POST', `/auth/users/${user.id}/impersonate`, {
    body: { reason: 'ticket 7' },
  })
  const operator = body as SessionReply
  const link = { provider: 'google', redirectTo, codeChallenge: 'c'.repeat(43) }
  for (const answer of [
    await patch(operator, { password: 'another horse' }),
    await patch(operator, { email: 'operator@example.com' }),
    await post('factors', { kind: 'totp' }, asUser(operator)),
    await post('identities/authorize', link, asUser(operator)),
    await server.request('DELETE', '/auth/identities/x', { headers: asUser(operator) }),
  ])
    assert.equal(codeOf(answer), 'auth/not-as-somebody-else')
  assert.equal((await patch(operator, { name: 'As the user would' })).status, 200)
})

test('an anonymous user sets address and password whenever he likes', async () => {
  const session = (await post('anonymous', {})).body as SessionReply
  await grewOld(session)
  const email = 'upgraded@example.com'
  assert.equal((await patch(session, { email, password })).status, 200)
  await post('confirm', { token: tokenIn(await mailTo(email, 'change-email')) })
  assert.equal((await signIn(email)).user.isAnonymous, false)
})

test('refuses to send mails without end to an address that a user names', async () => {
  await change({ rateLimits: { ...unlimited, mailPerAddress: 1 } })
  const session = (await post('anonymous', {})).body as SessionReply
  const codes: string[] = []
  for (let i = 0; i < 3; i++) codes.push(codeOf(await patch(session, { email: 'bombed@example.com' })))
  assert.deepEqual(codes, [undefined, undefined, 'auth/too-many-requests'])
  assert.equal((await patch(session, { name: 'Not counted' })).status, 200)
  for (let i = 0; i < 2; i++) await post('sign-up', { email: 'too@example.com', password })
  assert.equal(
    codeOf(await post('sign-up', { email: 'too@example.com', password })),
    'auth/too-many-requests',
  )
})

test('refuses an address that was not proved as auth.email, whatever a provider was told', async () => {
  await server.request('POST', '/data/$collections', {
    body: { name: 'letters', fields: { to: { type: 'text' } }, policies: { list: 'doc.to == auth.email' } },
  })
  await server.request('POST', '/data/letters', { body: { to: 'boss@example.com' } })
  const read = async (session: SessionReply) =>
    ((await server.request('GET', '/data/letters', { headers: asUser(session) })).body as unknown[]).length
  const browser = browserAt(server)
  const boss = (emailVerified: boolean) => ({ name: 'Boss', email: 'boss@example.com', emailVerified })
  assert.equal(await read(await browser.signIn('google', boss(false))), 0)
  assert.equal(await read(await browser.signIn('github', boss(true))), 1)
})
