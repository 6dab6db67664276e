import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { SessionReply } from '@cloudbox/protocol/auth'
import type { Passkey } from '@cloudbox/protocol/auth-passkeys'
import { id, sql } from '../../../kernel/sql.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'
import { SoftwareAuthenticator, type Answering } from './testing/software-authenticator.ts'

const server = await startTestServer({ after })
const { schema } = server.environment
const asApp = { apikey: server.publishableKey }
const password = 'correct horse'
const page: Answering = { origin: 'https://app.example.com', rpId: 'example.com' }
const codeOf = ({ body }: { body: unknown }) => (body as { code?: string }).code
const asUser = ({ accessToken }: SessionReply) => ({ ...asApp, authorization: `Bearer ${accessToken}` })
const call = (session: SessionReply | undefined, method: string, path: string, body?: object) =>
  server.request(method, `/auth/${path}`, {
    ...(body === undefined ? {} : { body }),
    headers: session === undefined ? asApp : asUser(session),
  })
const change = (settings: object) => server.request('PATCH', '/auth/settings', { body: settings })
const claimsOf = ({ accessToken }: SessionReply) =>
  JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as {
    aal: number
    amr: string[]
  }

before(() =>
  change({
    siteUrl: 'https://app.example.com/welcome',
    passkeyRpId: 'example.com',
    passkeyOrigins: ['android:apk-key-hash:abc'],
    anonymous: true,
    rateLimits: { signIn: 0, signUp: 0, mail: 0, mailPerAddress: 0, confirm: 0 },
  }),
)

async function newcomer(email: string): Promise<SessionReply> {
  await server.request('POST', '/auth/users', { body: { email, password, emailVerified: true } })
  return (await call(undefined, 'POST', 'sign-in', { email, password })).body as SessionReply
}

async function registered(session: SessionReply, answering = page) {
  const device = new SoftwareAuthenticator()
  const { body: options } = await call(session, 'POST', 'passkeys/options')
  const credential = device.register(options, answering)
  const answer = await call(session, 'POST', 'passkeys', { name: 'Laptop', credential })
  return { device, answer, credential, passkey: answer.body as Passkey }
}

async function signIn(device: SoftwareAuthenticator, answering: Partial<Answering> = {}) {
  const { body: options } = await call(undefined, 'POST', 'passkeys/sign-in/options')
  const credential = device.signIn(options, { ...page, ...answering })
  return { credential, answer: await call(undefined, 'POST', 'passkeys/sign-in', { credential }) }
}

test('a passkey is made, signs in with two proofs at once, is listed, renamed and removed', async () => {
  const session = await newcomer('ada@example.com')
  const { device, answer, passkey } = await registered(session)
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  assert.deepEqual([passkey.name, passkey.lastUsedAt], ['Laptop', null])
  const { answer: entered } = await signIn(device)
  assert.equal(entered.status, 200, JSON.stringify(entered.body))
  const came = entered.body as SessionReply
  assert.equal(came.user.id, session.user.id)
  assert.deepEqual([claimsOf(came).aal, claimsOf(came).amr], [2, ['passkey']])
  const { body: renamed } = await call(came, 'PATCH', `passkeys/${passkey.id}`, { name: 'Old laptop' })
  assert.equal((renamed as Passkey).name, 'Old laptop')
  const [listed] = (await call(came, 'GET', 'passkeys')).body as Passkey[]
  assert.equal(listed!.name, 'Old laptop')
  assert.notEqual(listed!.lastUsedAt, null)
  assert.equal((await call(came, 'DELETE', `passkeys/${passkey.id}`)).status, 204)
  assert.equal(codeOf((await signIn(device)).answer), 'auth/passkey-invalid')
})

test('a device that only was there is one proof', async () => {
  const { device } = await registered(await newcomer('bob@example.com'))
  const { answer } = await signIn(device, { isUserVerified: false })
  assert.equal(claimsOf(answer.body as SessionReply).aal, 1)
})

test('refuses what a device signed for another page, another domain, or twice', async () => {
  const session = await newcomer('cleo@example.com')
  const { device } = await registered(session)
  for (const wrong of [
    { origin: 'https://evil.example' },
    { origin: 'https://app.example.com.evil.example' },
    { origin: 'http://app.example.com' },
    { rpId: 'evil.example' },
  ])
    assert.equal(codeOf((await signIn(device, wrong)).answer), 'auth/passkey-invalid', JSON.stringify(wrong))
  const { credential, answer } = await signIn(device)
  assert.equal(answer.status, 200)
  assert.equal(
    codeOf(await call(undefined, 'POST', 'passkeys/sign-in', { credential })),
    'auth/passkey-invalid',
  )
  assert.equal((await signIn(device, { origin: 'android:apk-key-hash:abc' })).answer.status, 200)
})

test('refuses a challenge that was made for something or somebody else', async () => {
  const [ada, eve] = [await newcomer('dora@example.com'), await newcomer('eve@example.com')]
  const { device } = await registered(ada)
  const { body: forNew } = await call(ada, 'POST', 'passkeys/options')
  const credential = device.signIn(forNew, page)
  assert.equal(
    codeOf(await call(undefined, 'POST', 'passkeys/sign-in', { credential })),
    'auth/passkey-invalid',
  )
  const { body: ofAda } = await call(ada, 'POST', 'passkeys/options')
  const stolen = new SoftwareAuthenticator().register(ofAda, page)
  assert.equal(codeOf(await call(eve, 'POST', 'passkeys', { credential: stolen })), 'auth/passkey-invalid')
})

test('refuses a copy of a device: its count goes back', async () => {
  const { device } = await registered(await newcomer('fred@example.com'))
  assert.equal((await signIn(device, { counter: 7 })).answer.status, 200)
  assert.equal(codeOf((await signIn(device, { counter: 7 })).answer), 'auth/passkey-invalid')
  assert.equal((await signIn(device, { counter: 8 })).answer.status, 200)
})

test('refuses another signature, another user and nonsense, and never breaks', async () => {
  const { device } = await registered(await newcomer('gus@example.com'))
  const other = await registered(await newcomer('hal@example.com'))
  const { body: options } = await call(undefined, 'POST', 'passkeys/sign-in/options')
  const own = device.signIn(options, page) as { response: Record<string, string> }
  const theirs = other.device.signIn(options, page) as { response: Record<string, string> }
  for (const response of [
    { ...own.response, signature: theirs.response['signature'] },
    { ...own.response, userHandle: theirs.response['userHandle'] },
    { ...own.response, userHandle: undefined },
    { ...own.response, authenticatorData: 'AAAA' },
    { clientDataJSON: own.response['clientDataJSON'] },
    { clientDataJSON: Buffer.from('null').toString('base64url') },
    { clientDataJSON: '%%%' },
  ]) {
    const credential = { ...own, response }
    assert.equal(
      codeOf(await call(undefined, 'POST', 'passkeys/sign-in', { credential })),
      'auth/passkey-invalid',
    )
  }
  const stolen = { credential: other.credential }
  assert.equal(
    codeOf(await call(await newcomer('ida@example.com'), 'POST', 'passkeys', stolen)),
    'auth/passkey-invalid',
  )
})

test('refuses a passkey to an open tab, and to a stolen password where there is a second factor', async () => {
  const session = await newcomer('jim@example.com')
  await server.db.query(sql`
    insert into ${id(schema, 'auth_factors')} (user_id, kind, secret, confirmed_at)
    values (${session.user.id}, 'totp', ''::bytea, now())`)
  assert.equal(codeOf(await call(session, 'POST', 'passkeys/options')), 'auth/step-up-needed')
  await server.db.query(sql`delete from ${id(schema, 'auth_factors')}`)
  await server.db.query(sql`update ${id(schema, 'auth_sessions')} set proved_at = now() - interval '1 hour'`)
  assert.equal(codeOf(await call(session, 'POST', 'passkeys/options')), 'auth/step-up-needed')
})

test('a guest with a passkey is a real user, and keeps his only way in', async () => {
  const guest = (await call(undefined, 'POST', 'anonymous', {})).body as SessionReply
  const { device, passkey } = await registered(guest)
  const { answer } = await signIn(device)
  const session = answer.body as SessionReply
  assert.deepEqual([session.user.id, session.user.isAnonymous], [guest.user.id, false])
  assert.equal(codeOf(await call(session, 'DELETE', `passkeys/${passkey.id}`)), 'auth/last-way-in')
  const stranger = await newcomer('kim@example.com')
  assert.equal(codeOf(await call(stranger, 'DELETE', `passkeys/${passkey.id}`)), 'auth/factor-not-found')
})

test('refuses the banned, and everybody where passkeys are off or know no domain', async t => {
  const session = await newcomer('lou@example.com')
  const { device } = await registered(session)
  const ban = (bannedUntil: string | null) =>
    server.request('PATCH', `/auth/users/${session.user.id}`, { body: { bannedUntil } })
  await ban('2999-01-01T00:00:00.000Z')
  assert.equal(codeOf((await signIn(device)).answer), 'auth/banned')
  await ban(null)
  t.after(() => change({ passkeys: true }))
  await change({ passkeys: false })
  assert.equal(codeOf(await call(undefined, 'POST', 'passkeys/sign-in/options')), 'auth/not-enabled')

  const real = await startTestServer(t, { dev: false })
  const headers = { apikey: real.publishableKey }
  const { body } = await real.request('POST', '/auth/passkeys/sign-in/options', { headers })
  assert.equal((body as { code: string }).code, 'auth/passkeys-not-ready')
  const options = await real.request('GET', '/auth/options', { headers })
  assert.equal((options.body as { passkeys: boolean }).passkeys, false)
})
