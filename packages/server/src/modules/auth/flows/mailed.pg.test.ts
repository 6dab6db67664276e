import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, beforeEach, test } from 'node:test'
import type { SessionReply, SignUpReply } from '@cloudbox/protocol/auth'
import { id, sql } from '../../../kernel/sql.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'
import { mailReader } from './testing/mail-reader.ts'

const server = await startTestServer({ after })
const { schema } = server.environment
const asApp = { apikey: server.publishableKey }
const redirectTo = 'http://localhost:5173/welcome'
const password = 'correct horse'

const post = (path: string, body: unknown) =>
  server.request('POST', `/auth/${path}`, { body, headers: asApp })
const { mailTo, tokenIn, open, exchange } = mailReader(server)
const codeOf = (answer: { body: unknown }) => (answer.body as { code: string }).code

beforeEach(() => server.request('DELETE', '/auth/mailbox/messages'))

test('an account can be used once its address is verified', async () => {
  const email = 'ada@example.com'
  const { body } = await post('sign-up', { email, password, redirectTo })
  assert.deepEqual(body, { session: null, confirmationSent: true } satisfies SignUpReply)
  assert.equal(codeOf(await post('sign-in', { email, password })), 'auth/email-not-verified')
  assert.equal(codeOf(await post('sign-in', { email, password: 'wrong' })), 'auth/wrong-credentials')
  const mail = await mailTo(email, 'verify-email')
  const session = await exchange(await open(mail))
  assert.equal(session.user.emailVerified, true)
  assert.equal(codeOf(await post('confirm', { token: tokenIn(mail) })), 'auth/link-invalid')
  assert.equal((await post('sign-in', { email, password })).status, 200)
})

test('signing up with a known address answers the same, and tells its owner', async () => {
  const email = 'ada@example.com'
  const { status, body } = await post('sign-up', { email, password: 'another horse' })
  assert.equal(status, 200)
  assert.deepEqual(body, { session: null, confirmationSent: true } satisfies SignUpReply)
  await mailTo(email, 'already-registered')
  assert.equal(codeOf(await post('sign-in', { email, password: 'another horse' })), 'auth/wrong-credentials')
})

test('pre-hijacking: whoever signed up with my address before me keeps nothing of it', async () => {
  const email = 'victim@example.com'
  await post('sign-up', { email, password: 'the thief waits', redirectTo })
  await mailTo(email, 'verify-email')
  await post('otp', { email, redirectTo })
  const session = await exchange(await open(await mailTo(email, 'magic-link')))
  assert.equal(session.user.emailVerified, true)
  assert.equal(
    codeOf(await post('sign-in', { email, password: 'the thief waits' })),
    'auth/wrong-credentials',
  )
})

test('each sign-up brings its own password: the link that is opened decides', async () => {
  const email = 'twice@example.com'
  await post('sign-up', { email, password: 'mine is this', redirectTo })
  const mine = await mailTo(email, 'verify-email')
  await server.request('DELETE', '/auth/mailbox/messages')
  await post('sign-up', { email, password: 'the thief waits', redirectTo })
  const theirs = await mailTo(email, 'verify-email')
  await open(mine)
  assert.equal((await post('sign-in', { email, password: 'mine is this' })).status, 200)
  assert.equal(
    codeOf(await post('sign-in', { email, password: 'the thief waits' })),
    'auth/wrong-credentials',
  )
  assert.equal(codeOf(await post('confirm', { token: tokenIn(theirs) })), 'auth/link-invalid')
})

test('a code of a redirect is good once, and for who has its verifier', async () => {
  const email = 'ada@example.com'
  const verifier = randomBytes(32).toString('base64url')
  const codeChallenge = createHash('sha256').update(verifier).digest('base64url')
  const ask = async () => {
    await server.request('DELETE', '/auth/mailbox/messages')
    await post('otp', { email, redirectTo, codeChallenge })
    return open(await mailTo(email, 'magic-link'))
  }
  const code = await ask()
  await exchange(code, verifier)
  assert.equal(codeOf(await post('exchange', { code, codeVerifier: verifier })), 'auth/link-invalid')
  const stolen = await ask()
  assert.equal(codeOf(await post('exchange', { code: stolen })), 'auth/link-invalid')
  const guessed = await ask()
  const codeVerifier = randomBytes(32).toString('base64url')
  assert.equal(codeOf(await post('exchange', { code: guessed, codeVerifier })), 'auth/link-invalid')
})

test('pre-hijacking: nor can he move the account to an address of his own later', async () => {
  const email = 'waiting@example.com'
  const thief = 'thief@example.com'
  await server.request('PATCH', '/auth/settings', { body: { verifyEmail: false } })
  const { session } = (await post('sign-up', { email, password: 'the thief waits' })).body as SignUpReply
  await server.request('PATCH', '/auth/settings', { body: { verifyEmail: true } })
  const headers = { ...asApp, authorization: `Bearer ${session!.accessToken}` }
  await server.request('PATCH', '/auth/user', { body: { email: thief }, headers })
  const move = await mailTo(thief, 'change-email')
  await post('otp', { email, redirectTo })
  const { user } = await exchange(await open(await mailTo(email, 'magic-link')))
  assert.equal(user.id, session!.user.id)
  assert.equal(codeOf(await post('confirm', { token: tokenIn(move) })), 'auth/link-invalid')
})

test('a forgotten password: the link lets set a new one, and ends the other sessions', async () => {
  const email = 'ada@example.com'
  const old = (await post('sign-in', { email, password })).body as SessionReply
  await post('recover', { email, redirectTo })
  const session = await exchange(await open(await mailTo(email, 'reset-password')))
  const headers = { ...asApp, authorization: `Bearer ${session.accessToken}` }
  const change = await server.request('PATCH', '/auth/user', {
    body: { password: 'battery staple' },
    headers,
  })
  assert.equal(change.status, 200, JSON.stringify(change.body))
  await mailTo(email, 'password-changed')
  const before = { ...asApp, authorization: `Bearer ${old.accessToken}` }
  assert.equal(codeOf(await server.request('GET', '/auth/user', { headers: before })), 'auth/session-ended')
  assert.equal(codeOf(await post('sign-in', { email, password })), 'auth/wrong-credentials')
  assert.equal((await post('sign-in', { email, password: 'battery staple' })).status, 200)
})

test('an open tab alone is not enough to set a password', async () => {
  const email = 'ada@example.com'
  const session = (await post('sign-in', { email, password: 'battery staple' })).body as SessionReply
  const headers = { ...asApp, authorization: `Bearer ${session.accessToken}` }
  const set = (body: object) => server.request('PATCH', '/auth/user', { body, headers })
  assert.equal(codeOf(await set({ password: 'the thief waits' })), 'auth/step-up-needed')
  const wrong = { password: 'the thief waits', currentPassword: 'wrong' }
  assert.equal(codeOf(await set(wrong)), 'auth/wrong-credentials')
  assert.equal((await set({ password, currentPassword: 'battery staple' })).status, 200)
})

test('six digits sign in; guesses are counted over all codes of an address', async () => {
  const email = 'new@example.com'
  const ask = async () => {
    await server.request('DELETE', '/auth/mailbox/messages')
    assert.equal((await post('otp', { email, kind: 'code' })).status, 202)
    return /\b\d{6}\b/.exec((await mailTo(email, 'email-code')).text)![0]
  }
  const code = await ask()
  const { status, body } = await post('verify', { email, code })
  assert.equal(status, 200, JSON.stringify(body))
  assert.equal((body as SessionReply).user.emailVerified, true)
  assert.equal(codeOf(await post('verify', { email, code })), 'auth/link-invalid')
  assert.equal((await post('verify', { email, code: await ask() })).status, 200)
  const next = await ask()
  const wrong = next === '000000' ? '000001' : '000000'
  for (let i = 0; i < 5; i++)
    assert.equal(codeOf(await post('verify', { email, code: wrong })), 'auth/link-invalid')
  assert.equal(codeOf(await post('verify', { email, code: next })), 'auth/locked-out')
  // A new code brings no new guesses.
  assert.equal(codeOf(await post('verify', { email, code: await ask() })), 'auth/locked-out')
})

test('a new address counts once its link was opened, and the old one is told', async () => {
  const email = 'ada@example.com'
  const session = (await post('sign-in', { email, password })).body as SessionReply
  const headers = { ...asApp, authorization: `Bearer ${session.accessToken}` }
  const change = await server.request('PATCH', '/auth/user', { body: { email: 'ada@new.example' }, headers })
  assert.equal((change.body as { user: { email: string } }).user.email, email)
  const mail = await mailTo('ada@new.example', 'change-email')
  assert.equal((await post('confirm', { token: tokenIn(mail) })).status, 200)
  await mailTo(email, 'email-changed')
  assert.equal((await post('sign-in', { email: 'ada@new.example', password })).status, 200)
  assert.equal(codeOf(await post('sign-in', { email, password })), 'auth/wrong-credentials')
})

test('what is mailed to nobody answers like what is mailed to somebody', async () => {
  for (const path of ['recover', 'resend', 'otp']) {
    const body = { email: 'nobody@example.com', ...(path === 'otp' ? { createUser: false } : {}) }
    const answer = await post(path, body)
    assert.deepEqual([answer.status, answer.body], [202, {}], path)
  }
})

test('a foreign redirect is refused before anything is done', async () => {
  const evil = 'https://evil.example/'
  const before = await server.db.query(sql`select count(*) as n from ${id(schema, 'auth_one_time_tokens')}`)
  for (const [path, body] of [
    ['sign-up', { email: 'x@example.com', password, redirectTo: evil }],
    ['recover', { email: 'ada@new.example', redirectTo: evil }],
    ['otp', { email: 'ada@new.example', redirectTo: evil }],
  ] as const)
    assert.equal(codeOf(await post(path, body)), 'auth/redirect-not-allowed')
  assert.deepEqual(
    await server.db.query(sql`select count(*) as n from ${id(schema, 'auth_one_time_tokens')}`),
    before,
  )
})

test('opening a link does nothing: scanners of mails open them all', async () => {
  const email = 'ada@new.example'
  await post('recover', { email, redirectTo })
  const mail = await mailTo(email, 'reset-password')
  const page = await server.request('GET', `/auth/confirm?token=${tokenIn(mail)}`, { headers: {} })
  assert.equal(page.status, 200)
  assert.match(String(page.body), /<button/)
  await open(mail)
})

test('nothing that lies in the database signs anybody in', async () => {
  await post('recover', { email: 'ada@new.example', redirectTo })
  const mail = await mailTo('ada@new.example', 'reset-password')
  const secret = tokenIn(mail).split('.')[1]!
  const rows = await server.db.query<{ text: string }>(sql`
    select t::text as text from ${id(schema, 'auth_one_time_tokens')} t
    union all select q::text from ${id(schema, 'auth_mail_queue')} q`)
  assert.ok(rows.length > 0)
  for (const { text } of rows) {
    assert.ok(!text.includes(secret))
    assert.ok(!text.includes(Buffer.from(secret, 'base64url').toString('hex')))
  }
})

test('a sign-in with a program never seen before is told; one with a known program is not', async () => {
  const email = 'ada@new.example'
  const withAgent = (agent: string) =>
    server.request('POST', '/auth/sign-in', {
      body: { email, password },
      headers: { ...asApp, 'user-agent': agent },
    })
  const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
  assert.equal((await withAgent(firefox)).status, 200)
  const mail = await mailTo(email, 'new-device')
  assert.match(mail.text, /Firefox 128, Linux/)
  await server.request('DELETE', '/auth/mailbox/messages')
  await withAgent(firefox)
  await post('otp', { email, redirectTo })
  await mailTo(email, 'magic-link')
  const { body } = await server.request('GET', '/auth/mailbox/messages')
  assert.deepEqual(
    (body as { messages: { kind: string }[] }).messages.map(({ kind }) => kind),
    ['magic-link'],
  )
})
