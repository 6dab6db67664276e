import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { AuthOptions, Identity, SessionReply } from '@cloudbox/protocol/auth'
import { startTestServer } from '../../../testing/start-test-server.ts'
import { appUrl, browserAt, newPkce } from './testing/browser-leg.ts'

const server = await startTestServer({ after })
const { signIn, comeBack, exchange, whereTo, authorizeUrl, asApp, asUser, go } = browserAt(server)
const codeOf = ({ body }: { body: unknown }) => (body as { code: string }).code
const mara = { name: 'Mara Lindqvist', email: 'mara@example.com', emailVerified: true }

test('in dev, four providers work with nothing set up', async () => {
  const { body } = await server.request('GET', '/auth/options', { headers: asApp })
  const { providers, captcha, password } = body as AuthOptions
  assert.deepEqual(
    providers.map(({ id }) => id),
    ['google', 'github', 'microsoft', 'discord'],
  )
  assert.equal(captcha, null)
  assert.equal(password, true)
  for (const { id } of providers) {
    const person = { name: 'Ida Holm', email: `ida-${id}@example.com`, emailVerified: true }
    const { user } = await signIn(id, person)
    assert.equal(user.email, person.email)
    assert.equal(user.name, 'Ida Holm')
    // Microsoft never proves an address.
    assert.equal(user.emailVerified, id !== 'microsoft')
  }
})

test('the same person at the same provider is the same user', async () => {
  const first = await signIn('google', mara)
  const again = await signIn('google', { ...mara, name: 'Mara Berg' })
  assert.equal(again.user.id, first.user.id)
  assert.equal(again.user.name, 'Mara Lindqvist')
})

test('a proved address leads a second provider to the same user', async () => {
  const first = await signIn('google', mara)
  const second = await signIn('github', mara)
  assert.equal(second.user.id, first.user.id)
  const { body } = await server.request('GET', '/auth/identities', { headers: asUser(second) })
  assert.deepEqual(
    (body as Identity[]).map(({ provider, email }) => [provider, email]),
    [
      ['google', mara.email],
      ['github', mara.email],
    ],
  )
})

test('who denies comes back to the app with the reason', async () => {
  const app = await comeBack('google', null, newPkce())
  assert.equal(`${app.origin}${app.pathname}`, appUrl)
  assert.equal(app.searchParams.get('error'), 'auth/sign-in-cancelled')
  assert.equal(app.searchParams.get('code'), null)
})

test('the browser may bring the answer as a form', async () => {
  const pkce = newPkce()
  const { choose } = browserAt(server)
  const page = await whereTo(authorizeUrl('google', { codeChallenge: pkce.challenge }))
  const callback = new URL(await choose(page, mara))
  const answer = await fetch(`${callback.origin}${callback.pathname}`, {
    method: 'POST',
    redirect: 'manual',
    body: callback.searchParams,
  })
  assert.equal(answer.status, 302)
  const code = new URL(answer.headers.get('location')!).searchParams.get('code')
  assert.equal(((await exchange(code, pkce.verifier)).body as SessionReply).user.email, mara.email)
})

test('other addresses take no forms', async () => {
  const answer = await fetch(`${server.environmentUrl}/v1/auth/sign-in`, {
    method: 'POST',
    headers: asApp,
    body: new URLSearchParams({ email: 'a@example.com', password: 'x' }),
  })
  assert.equal(answer.status, 415)
})

test('a sign-in that cannot begin says so to the person, and leads nowhere', async () => {
  const answer = await go(
    authorizeUrl('google', { redirectTo: 'https://evil.example/', codeChallenge: newPkce().challenge }),
  )
  assert.equal(answer.status, 400)
  assert.equal(answer.headers.get('location'), null)
  assert.match(await answer.text(), /not among the allowed redirects/)
  const unknown = await whereTo(authorizeUrl('nobody', { codeChallenge: newPkce().challenge }))
  assert.equal(unknown.searchParams.get('error'), 'auth/unknown-provider')
})

test('a test sign-in shows what the provider told, and signs nobody in', async () => {
  const { status, body } = await server.request('POST', '/auth/providers/github/test')
  assert.equal(status, 200, JSON.stringify(body))
  const { choose } = browserAt(server)
  const url = await choose(new URL((body as { url: string }).url), { ...mara, email: 'tester@example.com' })
  const answer = await fetch(url, { headers: { accept: 'application/json' } })
  const shown = (await answer.json()) as { profile: { email: string }; raw: { login: string } }
  assert.equal(shown.profile.email, 'tester@example.com')
  assert.equal(shown.raw.login, 'tester')
  const { body: users } = await server.request('GET', '/data/users?email=eq.tester@example.com')
  assert.deepEqual(users, [])
  const asked = await server.request('POST', '/auth/providers/github/test', { headers: asApp })
  assert.equal(codeOf(asked), 'platform/secret-key-needed')
})
