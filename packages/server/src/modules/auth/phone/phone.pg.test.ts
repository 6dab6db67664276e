import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, beforeEach, test } from 'node:test'
import type { SessionReply, User } from '@cloudbox/protocol/auth'
import { id, sql } from '../../../kernel/sql.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'
import { mailReader } from '../flows/testing/mail-reader.ts'
import type { TextMessage } from './messenger.ts'

const server = await startTestServer({ after })
const { mailTo, empty } = mailReader(server)
const { schema } = server.environment
const asApp = { apikey: server.publishableKey }
const unlimited = { signIn: 0, signUp: 0, mail: 0, mailPerAddress: 0, messages: 0, confirm: 0 }
const codeOf = ({ body }: { body: unknown }) => (body as { code?: string }).code
const asUser = ({ accessToken }: SessionReply) => ({ ...asApp, authorization: `Bearer ${accessToken}` })
const post = (path: string, body: object, headers: Record<string, string> = asApp) =>
  server.request('POST', `/auth/${path}`, { body, headers })
const patch = (session: SessionReply, body: object) =>
  server.request('PATCH', '/auth/user', { body, headers: asUser(session) })
const change = (settings: object) => server.request('PATCH', '/auth/settings', { body: settings })

beforeEach(async () => {
  await change({ phoneCode: true, anonymous: true, signUp: true, sms: null, rateLimits: unlimited })
  await empty()
})

/** The code in the message that a number gets, as the mailbox of dev shows it. */
async function codeFor(phone: string): Promise<string> {
  const { subject } = await mailTo(phone, 'phone-code')
  return /\d{6}/.exec(subject)![0]
}

async function signIn(phone: string): Promise<SessionReply> {
  await empty()
  assert.equal((await post('otp', { phone })).status, 202)
  const { status, body } = await post('verify', { phone, code: await codeFor(phone) })
  assert.equal(status, 200, JSON.stringify(body))
  return body as SessionReply
}

test('a code sent to a phone makes an account, and signs in to it afterwards', async () => {
  const phone = '+491701234567'
  const first = await signIn(phone)
  assert.deepEqual([first.user.phone, first.user.phoneVerified, first.user.email], [phone, true, null])
  assert.equal((await signIn(phone)).user.id, first.user.id)
})

test('a code is good once, for one number, and five wrong ones lock', async () => {
  const [phone, other] = ['+491701234568', '+491701234569']
  await post('otp', { phone })
  const code = await codeFor(phone)
  assert.equal(codeOf(await post('verify', { phone: other, code })), 'auth/link-invalid')
  assert.equal((await post('verify', { phone, code })).status, 200)
  assert.equal(codeOf(await post('verify', { phone, code })), 'auth/link-invalid')
  const wrong = code === '000000' ? '000001' : '000000'
  for (let i = 0; i < 4; i++) await post('verify', { phone, code: wrong })
  assert.equal(codeOf(await post('verify', { phone, code: wrong })), 'auth/locked-out')
})

test('who must have an account gets no message, and the same answer', async () => {
  const phone = '+491701234570'
  assert.equal((await post('otp', { phone, createUser: false })).status, 202)
  await change({ signUp: false })
  await post('otp', { phone: '+491701234571' })
  const code = await codeFor('+491701234571')
  assert.equal(codeOf(await post('verify', { phone: '+491701234571', code })), 'auth/not-enabled')
  const { body } = await server.request('GET', '/auth/mailbox/messages')
  assert.ok(!JSON.stringify(body).includes(phone))
  await change({ phoneCode: false })
  assert.equal(codeOf(await post('otp', { phone })), 'auth/not-enabled')
})

test('a user adds a phone with its code, and takes it away unless it is the last way in', async () => {
  const guest = (await post('anonymous', {})).body as SessionReply
  const phone = '+491701234572'
  const asked = await patch(guest, { phone })
  assert.equal((asked.body as { confirmationSent: boolean }).confirmationSent, true)
  assert.equal((asked.body as { user: User }).user.phone, null)
  const code = await codeFor(phone)
  // The code of a change signs nobody in.
  assert.equal(codeOf(await post('verify', { phone, code })), 'auth/link-invalid')
  const added = await post('user/phone', { phone, code }, asUser(guest))
  assert.deepEqual([(added.body as User).phone, (added.body as User).isAnonymous], [phone, false])
  const session = await signIn(phone)
  assert.equal(session.user.id, guest.user.id)
  assert.equal(codeOf(await patch(session, { phone: null })), 'auth/last-way-in')
  await server.request('PATCH', `/auth/users/${guest.user.id}`, {
    body: { email: 'ada@example.com', emailVerified: true },
  })
  const again = await signIn(phone)
  const removed = await patch(again, { phone: null })
  assert.equal((removed.body as { user: User }).user.phone, null)
  await mailTo('ada@example.com', 'factor-changed')
})

test('refuses the number of another account, and a new one to an open tab', async () => {
  const phone = '+491701234573'
  await signIn(phone)
  const session = (await post('anonymous', {})).body as SessionReply
  await empty()
  await patch(session, { phone })
  const code = await codeFor(phone)
  assert.equal(codeOf(await post('user/phone', { phone, code }, asUser(session))), 'auth/account-exists')
  const open = await signIn('+491701234574')
  await server.db.query(sql`update ${id(schema, 'auth_sessions')} set proved_at = now() - interval '1 hour'`)
  assert.equal(codeOf(await patch(open, { phone })), 'auth/step-up-needed')
})

test('messages are limited by number, and all together', async () => {
  await change({ rateLimits: { ...unlimited, mailPerAddress: 1 } })
  const codes: unknown[] = []
  for (let i = 0; i < 3; i++) codes.push(codeOf(await post('otp', { phone: '+491701234575' })))
  assert.deepEqual(codes, [undefined, undefined, 'auth/too-many-requests'])
  await change({ rateLimits: { ...unlimited, messages: 1 } })
  codes.length = 0
  for (const last of [1, 2, 3]) codes.push(codeOf(await post('otp', { phone: `+49170123458${last}` })))
  assert.deepEqual(codes, [undefined, undefined, 'auth/too-many-requests'])
})

test('a webhook of the settings gets the message', { timeout: 60_000 }, async t => {
  const got: TextMessage[] = []
  const came = Promise.withResolvers<void>()
  const hook = createServer((request, response) => {
    let text = ''
    request.on('data', piece => (text += piece))
    request.on('end', () => {
      got.push(JSON.parse(text) as TextMessage)
      response.writeHead(204).end()
      came.resolve()
    })
  }).listen(0, '127.0.0.1')
  await once(hook, 'listening')
  t.after(() => hook.close())
  const secret = 'a secret of sixteen'
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/sms`
  const { body } = await change({ sms: { provider: 'webhook', url, secret } })
  assert.ok(!JSON.stringify(body).includes(secret))
  await post('otp', { phone: '+491701234576' })
  await came.promise
  assert.equal(got[0]!.to, '+491701234576')
  assert.equal(got[0]!.text, (await mailTo('+491701234576', 'phone-code')).subject)
})

test('where people are real, a provider of messages has to be set, for known and unknown numbers alike', async t => {
  const real = await startTestServer(t, { dev: false })
  await real.request('PATCH', '/auth/settings', { body: { phoneCode: true } })
  const headers = { apikey: real.publishableKey }
  for (const createUser of [true, false]) {
    const body = { phone: '+491701234577', createUser }
    assert.equal(
      codeOf(await real.request('POST', '/auth/otp', { body, headers })),
      'auth/messages-not-configured',
    )
  }
})
