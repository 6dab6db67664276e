import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import type { Identity, SessionReply, SignUpReply } from '@cloudbox/protocol/auth'
import { id, sql } from '../../../kernel/sql.ts'
import { startTestServer, type Answer } from '../../../testing/start-test-server.ts'
import { appUrl, browserAt, newPkce } from './testing/browser-leg.ts'

const server = await startTestServer({ after })
const { schema } = server.environment
const browser = browserAt(server)
const { asApp, asUser, choose, comeBack, exchange, go, signIn, whereTo, authorizeUrl } = browser
const codeOf = ({ body }: { body: unknown }) => (body as { code: string }).code
const person = (name: string, emailVerified = true) => ({
  name,
  email: `${name.toLowerCase()}@example.com`,
  emailVerified,
})
const post = (path: string, body: unknown, headers: Record<string, string> = asApp) =>
  server.request('POST', `/auth/${path}`, { body, headers })
const self = (session: SessionReply) => server.request('GET', '/auth/user', { headers: asUser(session) })
const change = (settings: object) => server.request('PATCH', '/auth/settings', { body: settings })
const unlimited = { signIn: 0, signUp: 0, mail: 0, mailPerAddress: 0, confirm: 0 }

beforeEach(() =>
  change({
    verifyEmail: false,
    anonymous: true,
    signUp: true,
    magicLink: true,
    emailCode: true,
    rateLimits: unlimited,
  }),
)

/** The address of the callback, as the provider sends the browser there. */
async function callbackFor(provider: string, who = person('Ada')): Promise<URL> {
  const page = await whereTo(authorizeUrl(provider, { codeChallenge: newPkce().challenge }))
  return new URL(await choose(page, who))
}

async function refusedCallback(url: URL): Promise<void> {
  const answer = await go(url.href)
  assert.equal(answer.status, 400)
  assert.equal(answer.headers.get('location'), null)
  assert.match(await answer.text(), /not one that was begun here/)
}

async function signUp(email: string, password = 'correct horse'): Promise<SessionReply> {
  const answer = await post('sign-up', { email, password })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return (answer.body as SignUpReply).session!
}

/** Begins to link; the browser that has the session is the one with the verifier. */
async function linkPage(session: SessionReply, provider: string, { challenge }: { challenge: string }) {
  const asked = { provider, redirectTo: appUrl, codeChallenge: challenge }
  const { status, body } = await post('identities/authorize', asked, asUser(session))
  assert.equal(status, 200, JSON.stringify(body))
  return new URL((body as { url: string }).url)
}

async function link(session: SessionReply, provider: string, who = person('Ada')): Promise<Answer> {
  const pkce = newPkce()
  const app = await whereTo(await choose(await linkPage(session, provider, pkce), who))
  return exchange(app.searchParams.get('code'), pkce.verifier)
}

async function identitiesOf(session: SessionReply): Promise<Identity[]> {
  return (await server.request('GET', '/auth/identities', { headers: asUser(session) })).body as Identity[]
}

test('refuses the state of another environment', async t => {
  const other = await startTestServer(t)
  const callback = await callbackFor('google')
  const moved = new URL(callback.href.replace(server.url, other.url))
  await refusedCallback(moved)
  assert.equal((await go(callback.href)).status, 302)
})

test('refuses the state of another provider, so that answers cannot be mixed up', async () => {
  const callback = await callbackFor('google')
  await refusedCallback(new URL(callback.href.replace('/callback/google', '/callback/github')))
  // Nobody gets a second try with it either.
  await refusedCallback(callback)
})

test('refuses a replayed, a changed and a missing state', async () => {
  const callback = await callbackFor('google')
  assert.equal((await go(callback.href)).status, 302)
  await refusedCallback(callback)
  const changed = await callbackFor('google')
  changed.searchParams.set('state', `${changed.searchParams.get('state')}x`)
  await refusedCallback(changed)
  changed.searchParams.delete('state')
  await refusedCallback(changed)
})

test('refuses the code of the provider in another sign-in', async () => {
  const [mine, theirs] = [await callbackFor('google'), await callbackFor('google', person('Eve'))]
  mine.searchParams.set('code', theirs.searchParams.get('code')!)
  const app = await whereTo(mine.href)
  assert.equal(app.searchParams.get('error'), 'auth/provider-refused')
  assert.equal(app.searchParams.get('code'), null)
})

test('refuses the code of a redirect twice, and without its verifier', async () => {
  const pkce = newPkce()
  const code = (await comeBack('google', person('Ada'), pkce)).searchParams.get('code')
  assert.equal((await exchange(code, pkce.verifier)).status, 200)
  assert.equal(codeOf(await exchange(code, pkce.verifier)), 'auth/link-invalid')
  const stolen = (await comeBack('google', person('Ada'), pkce)).searchParams.get('code')
  assert.equal(codeOf(await exchange(stolen, newPkce().verifier)), 'auth/link-invalid')
  assert.equal(codeOf(await exchange(stolen, pkce.verifier)), 'auth/link-invalid')
})

test('refuses to begin without a challenge, or towards a foreign address', async () => {
  assert.equal((await go(authorizeUrl('google', {}))).status, 422)
  assert.equal((await go(authorizeUrl('google', { codeChallenge: 'short' }))).status, 422)
  const evil = { codeChallenge: newPkce().challenge, redirectTo: 'https://evil.example/' }
  assert.equal((await go(authorizeUrl('google', evil))).status, 400)
  const body = { provider: 'google', ...evil }
  const session = await signIn('google', person('Ada'))
  assert.equal(codeOf(await post('identities/authorize', body, asUser(session))), 'auth/redirect-not-allowed')
})

test('refuses to give an account to who has not proved its address', async () => {
  const owner = await signUp('bob@example.com')
  for (const [provider, who] of [
    ['discord', person('Bob', false)],
    // What a tenant's administrator typed proves nothing.
    ['microsoft', person('Bob')],
  ] as const) {
    const app = await comeBack(provider, who, newPkce())
    assert.equal(app.searchParams.get('error'), 'auth/account-exists', provider)
    assert.match(app.searchParams.get('error_description')!, /Sign in first, then link/)
  }
  assert.deepEqual(await identitiesOf(owner), [])
  assert.equal((await self(owner)).status, 200)
})

test('refuses a thief who waited in an account of my address', async () => {
  const email = 'victim@example.com'
  const thief = await signUp(email, 'the thief waits')
  assert.equal((await link(thief, 'discord', person('Thief'))).status, 200)
  const pkce = newPkce()
  const halfway = await whereTo(await choose(await linkPage(thief, 'github', pkce), person('Thief')))
  const waiting = await choose(await linkPage(thief, 'microsoft', pkce), person('Thief'))
  const session = (await comeBack('discord', person('Thief'), pkce)).searchParams.get('code')

  const owner = await signIn('google', { name: 'Victim', email, emailVerified: true })
  assert.equal(owner.user.emailVerified, true)
  assert.deepEqual(
    (await identitiesOf(owner)).map(({ provider }) => provider),
    ['google'],
  )
  assert.equal(codeOf(await self(thief)), 'auth/session-ended')
  assert.equal(
    codeOf(await post('sign-in', { email, password: 'the thief waits' })),
    'auth/wrong-credentials',
  )
  // Nor does what he had begun lead in later.
  assert.equal(codeOf(await exchange(session, pkce.verifier)), 'auth/link-invalid')
  assert.equal(codeOf(await exchange(halfway.searchParams.get('code'), pkce.verifier)), 'auth/link-invalid')
  await refusedCallback(new URL(waiting))
  assert.notEqual((await signIn('discord', person('Thief'))).user.id, owner.user.id)
})

test('refuses to link the identity of another user', async () => {
  const owner = await signIn('discord', person('Owner'))
  const other = await signUp('other@example.com')
  assert.equal(codeOf(await link(other, 'discord', person('Owner'))), 'auth/identity-taken')
  assert.deepEqual(await identitiesOf(other), [])
  assert.equal((await signIn('discord', person('Owner'))).user.id, owner.user.id)
})

test('refuses to link whom somebody tricked into opening his link', async () => {
  const thief = await signUp('collector@example.com')
  const page = await linkPage(thief, 'google', newPkce())
  // The victim goes through with it; the code arrives in the victim's browser, where no verifier is.
  const app = await whereTo(await choose(page, person('Tricked')))
  assert.equal(codeOf(await exchange(app.searchParams.get('code'), newPkce().verifier)), 'auth/link-invalid')
  assert.deepEqual(await identitiesOf(thief), [])
  assert.notEqual((await signIn('google', person('Tricked'))).user.id, thief.user.id)
})

test('refuses to link for nobody', async () => {
  const body = { provider: 'google', redirectTo: appUrl, codeChallenge: newPkce().challenge }
  assert.equal(codeOf(await post('identities/authorize', body)), 'auth/sign-in-needed')
  assert.equal(
    codeOf(await server.request('GET', '/auth/identities', { headers: asApp })),
    'auth/sign-in-needed',
  )
})

test('refuses to take the last way in, and identities of others', async () => {
  await change({ magicLink: false, emailCode: false })
  const session = await signIn('github', person('Last'))
  const [only] = await identitiesOf(session)
  const unlink = (identity: Identity, by: SessionReply) =>
    server.request('DELETE', `/auth/identities/${identity.id}`, { headers: asUser(by) })
  assert.equal(codeOf(await unlink(only!, session)), 'auth/last-way-in')
  const stranger = await signUp('stranger@example.com')
  assert.equal(codeOf(await unlink(only!, stranger)), 'auth/identity-not-found')
  assert.equal((await link(session, 'discord', person('Last'))).status, 200)
  const both = await identitiesOf(session)
  const answers = await Promise.all(both.map(identity => unlink(identity, session)))
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [204, 409])
  assert.equal((await identitiesOf(session)).length, 1)
})

test('refuses strangers where sign-ups are switched off, but not who is known', async () => {
  const known = await signIn('google', person('Known'))
  await change({ signUp: false })
  const app = await comeBack('google', person('Newcomer'), newPkce())
  assert.equal(app.searchParams.get('error'), 'auth/not-enabled')
  assert.equal((await signIn('google', person('Known'))).user.id, known.user.id)
})

test('refuses a provider that is switched off', async () => {
  await change({ providers: { discord: { enabled: false } } })
  const app = await whereTo(authorizeUrl('discord', { codeChallenge: newPkce().challenge }))
  assert.equal(app.searchParams.get('error'), 'auth/not-enabled')
  await change({ providers: { discord: { enabled: true } } })
})

test('refuses the banned', async () => {
  const { user } = await signIn('google', person('Banned'))
  await server.db.query(sql`
    update ${id(schema, 'users')} set "bannedUntil" = now() + interval '1 day' where id = ${user.id}`)
  const pkce = newPkce()
  const app = await comeBack('google', person('Banned'), pkce)
  assert.equal(codeOf(await exchange(app.searchParams.get('code'), pkce.verifier)), 'auth/banned')
})

test('an anonymous user who links an identity is a real one from then on', async () => {
  const anonymous = (await post('anonymous', {})).body as SessionReply
  const { status, body } = await link(anonymous, 'google', person('Gus'))
  assert.equal(status, 200, JSON.stringify(body))
  const { user } = body as SessionReply
  assert.equal(user.id, anonymous.user.id)
  assert.deepEqual(
    [user.isAnonymous, user.email, user.emailVerified, user.name],
    [false, 'gus@example.com', true, 'Gus'],
  )
  // An address that somebody has stays with him.
  const second = (await post('anonymous', {})).body as SessionReply
  const linked = (await link(second, 'github', person('Gus'))).body as SessionReply
  assert.deepEqual([linked.user.isAnonymous, linked.user.email], [false, null])
})

test('two browsers that bring the same new person make one user', async () => {
  const callbacks = await Promise.all([1, 2, 3, 4].map(() => callbackFor('github', person('Twin'))))
  const apps = await Promise.all(callbacks.map(({ href }) => whereTo(href)))
  assert.deepEqual(
    apps.map(app => app.searchParams.get('error')),
    [null, null, null, null],
  )
  const [{ users, identities }] = (await server.db.query<{ users: string; identities: string }>(sql`
    select (select count(*) from ${id(schema, 'users')} where email = 'twin@example.com') as users,
      (select count(*) from ${id(schema, 'auth_identities')} where email = 'twin@example.com') as identities`)) as [
    { users: string; identities: string },
  ]
  assert.deepEqual([Number(users), Number(identities)], [1, 1])
})

test('refuses a page from elsewhere that would choose somebody made up', async () => {
  const page = await whereTo(authorizeUrl('google', { codeChallenge: newPkce().challenge }))
  for (const headers of [
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'x-forwarded-for': '203.0.113.9' },
  ] as Record<string, string>[]) {
    const send = (more: Record<string, string>) =>
      server.request('POST', '/auth/fake/google/authorize', {
        headers: { ...headers, ...more },
        body: { query: page.search.slice(1), person: person('Eve') },
      })
    assert.equal(codeOf(await send({})), 'platform/secret-key-needed')
    assert.equal((await send({ apikey: server.publishableKey })).status, 403)
    assert.equal((await send({ apikey: server.secretKey })).status, 200)
  }
})

test('where people are real nobody is made up', async t => {
  const production = await startTestServer(t, {
    dev: false,
    argv: ['--public-url=https://accounts.example.com'],
  })
  const { body } = await production.request('GET', '/auth/options')
  assert.deepEqual((body as { providers: unknown[] }).providers, [])
  for (const [method, path] of [
    ['GET', '/auth/fake/google/authorize'],
    ['POST', '/auth/fake/google/authorize'],
  ] as const) {
    const sent = method === 'POST' ? { query: '', person: person('Eve') } : undefined
    assert.equal((await production.request(method, path, { body: sent })).status, 404)
  }
  const test = await production.request('POST', '/auth/providers/google/test')
  assert.equal(codeOf(test), 'auth/unknown-provider')
  // The address that providers send people back to is the server's own, whatever the request says.
  await production.request('PATCH', '/auth/settings', {
    body: { providers: { github: { clientId: 'id', clientSecret: 'secret' } } },
  })
  const { body: real } = await production.request('POST', '/auth/providers/github/test', {
    headers: { apikey: production.secretKey },
  })
  const { searchParams } = new URL((real as { url: string }).url)
  assert.equal(
    searchParams.get('redirect_uri'),
    'https://accounts.example.com/test/dev/v1/auth/callback/github',
  )
})
