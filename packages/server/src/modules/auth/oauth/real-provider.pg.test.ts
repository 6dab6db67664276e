import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { OAuth2Server } from 'oauth2-mock-server'
import type { SessionReply } from '@cloudbox/protocol/auth'
import { defineModule } from '../../../kernel/module.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'
import { auth, defineProvider } from '../module.ts'
import { browserAt, newPkce } from './testing/browser-leg.ts'

// Whole sign-ins at a server of OpenID Connect that is not ours.

const idp = new OAuth2Server()
await idp.issuer.keys.generate('RS256')
await idp.start(0, '127.0.0.1')
after(() => (idp.listening ? idp.stop() : undefined))
const issuer = idp.issuer.url!

/** Somebody else's module that brings a provider along. */
const thirdParty = defineModule({
  name: 'third',
  needs: { auth },
  start(_kernel, { auth: { addProvider } }) {
    addProvider(defineProvider({ id: 'club', name: 'The club', issuer: 'https://id.club.example' }))
    assert.throws(() => addProvider(defineProvider({ id: 'club', name: 'B', issuer: 'https://b.example' })))
    return {}
  },
})
const server = await startTestServer({ after }, { extraModules: [thirdParty] })
const { whereTo, go, authorizeUrl, exchange, signIn, asApp } = browserAt(server)
const codeOf = ({ body }: { body: unknown }) => (body as { code?: string }).code

before(() =>
  server.request('PATCH', '/auth/settings', {
    body: {
      rateLimits: { signIn: 0, signUp: 0, mail: 0, mailPerAddress: 0, confirm: 0, messages: 0 },
      providers: {
        acme: {
          kind: 'oidc',
          clientId: 'cid',
          clientSecret: 'sec',
          nativeClientIds: ['phone'],
          settings: { issuer },
        },
        plain: {
          kind: 'oauth2',
          clientId: 'cid',
          clientSecret: 'sec',
          settings: {
            authorizeUrl: `${issuer}/authorize`,
            tokenUrl: `${issuer}/token`,
            userinfoUrl: `${issuer}/userinfo`,
          },
        },
      },
    },
  }),
)

/** From the button to the app, through the other server; the address at which the app is opened again. */
async function comeBack(provider: string, challenge: string): Promise<URL> {
  const page = await whereTo(authorizeUrl(provider, { codeChallenge: challenge }))
  assert.equal(page.origin, new URL(issuer).origin)
  return whereTo((await whereTo(page.href)).href)
}

async function enter(provider: string): Promise<SessionReply> {
  const { verifier, challenge } = newPkce()
  const app = await comeBack(provider, challenge)
  assert.equal(app.searchParams.get('error'), null, app.search)
  const { status, body } = await exchange(app.searchParams.get('code'), verifier)
  assert.equal(status, 200, JSON.stringify(body))
  return body as SessionReply
}

/** The test sign-in of a provider, as JSON. */
async function tryOut(provider: string, came?: (callback: URL) => void) {
  const { body } = await server.request('POST', `/auth/providers/${provider}/test`)
  const callback = await whereTo((body as { url: string }).url)
  came?.(callback)
  const answer = await fetch(callback, { headers: { accept: 'application/json' } })
  return (await answer.json()) as { code: string; detail: string; hint?: string; raw: { sub: string } }
}

const idToken = (claims: object, audience = 'phone') =>
  idp.issuer.buildToken({
    scopesOrTransform: (_header, payload) =>
      void Object.assign(payload, { aud: audience, sub: 'kim' }, claims),
  })
const withIdToken = async (claims: object, extra: object = {}, audience?: string) =>
  server.request('POST', '/auth/id-token', {
    body: { provider: 'acme', idToken: await idToken(claims, audience), ...extra },
    headers: asApp,
  })

test('a provider of OpenID Connect from the settings signs in, and the same person is the same user', async () => {
  const first = await enter('acme')
  assert.equal((await enter('acme')).user.id, first.user.id)
  assert.notEqual((await enter('plain')).user.id, first.user.id)
})

test('a provider of another module is offered, and made up in dev like all others', async () => {
  const session = await signIn('club', { name: 'Lou', email: 'lou@example.com', emailVerified: true })
  // Nobody has said that its word about addresses counts.
  assert.deepEqual([session.user.email, session.user.emailVerified], ['lou@example.com', false])
})

test('an ID token of a native app signs in', async () => {
  const { status, body } = await withIdToken({ name: 'Kim' })
  assert.equal(status, 200, JSON.stringify(body))
  assert.equal((body as SessionReply).user.name, 'Kim')
  assert.equal((await withIdToken({}, {}, 'cid')).status, 200)
})

test('refuses an ID token of another app, another issuer, another time or another key', async () => {
  const now = Math.floor(Date.now() / 1000)
  assert.equal(codeOf(await withIdToken({}, {}, 'another app')), 'auth/id-token-invalid')
  for (const claims of [
    { iss: 'https://evil.example' },
    { exp: now - 120 },
    { nbf: now + 600 },
    { aud: ['phone', 'another app'] },
    { aud: ['phone', 'another app'], azp: 'another app' },
  ])
    assert.equal(codeOf(await withIdToken(claims)), 'auth/id-token-invalid', JSON.stringify(claims))
  const stranger = new OAuth2Server()
  await stranger.issuer.keys.generate('RS256')
  stranger.issuer.url = issuer
  const forged = await stranger.issuer.buildToken({
    scopesOrTransform: (_header, payload) => void Object.assign(payload, { aud: 'phone', sub: 'kim' }),
  })
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${forged.split('.')[1]}.`
  for (const token of [forged, unsigned, 'nonsense'])
    assert.equal(
      codeOf(
        await server.request('POST', '/auth/id-token', {
          body: { provider: 'acme', idToken: token },
          headers: asApp,
        }),
      ),
      'auth/id-token-invalid',
    )
})

test('refuses an ID token whose nonce its sender does not know', async () => {
  const nonce = 'a nonce of the app'
  const hashed = createHash('sha256').update(nonce).digest('hex')
  assert.equal((await withIdToken({ nonce }, { nonce })).status, 200)
  assert.equal((await withIdToken({ nonce: hashed }, { nonce })).status, 200)
  assert.equal(codeOf(await withIdToken({ nonce: hashed })), 'auth/id-token-invalid')
  assert.equal(codeOf(await withIdToken({ nonce: hashed }, { nonce: 'another' })), 'auth/id-token-invalid')
  assert.equal(codeOf(await withIdToken({}, { nonce })), 'auth/id-token-invalid')
})

test('a test sign-in shows the raw claims, and names what is wrong', async () => {
  assert.equal((await tryOut('acme')).raw.sub, 'johndoe')
  const denied = await tryOut('acme', callback => {
    callback.searchParams.delete('code')
    callback.searchParams.set('error', 'redirect_uri_mismatch')
  })
  assert.equal(denied.code, 'auth/provider-refused')
  assert.ok(denied.hint?.includes(`${server.environmentUrl}/v1/auth/callback/acme`), denied.hint)
  idp.service.once('beforeResponse', answer => {
    answer.statusCode = 401
    answer.body = { error: 'invalid_client' }
  })
  const secret = await tryOut('acme')
  assert.match(secret.hint ?? '', /client secret is wrong/)
  idp.service.once('beforeUserinfo', answer => {
    answer.statusCode = 403
  })
  const scope = await tryOut('plain')
  assert.match(scope.hint ?? '', /scope may be missing/)
})

test('refuses to ask private addresses that an issuer names, where people are real', async t => {
  const real = await startTestServer(t, { dev: false, argv: ['--public-url', 'https://box.example'] })
  for (const address of ['https://127.0.0.1:1', 'https://169.254.169.254', 'https://[::1]:1', issuer]) {
    await real.request('PATCH', '/auth/settings', {
      body: {
        siteUrl: 'https://app.example',
        providers: { acme: { kind: 'oidc', clientId: 'cid', settings: { issuer: address } } },
      },
    })
    const answer = await real.request('POST', '/auth/providers/acme/test')
    assert.equal(codeOf(answer), 'auth/provider-unavailable', address)
  }
})

test('a provider that is down says so in the app, and the others keep working', async () => {
  await idp.stop()
  // What it told of itself is known for a while: it is the exchange that finds nobody.
  const { challenge } = newPkce()
  const page = await whereTo(authorizeUrl('acme', { codeChallenge: challenge }))
  const callback = new URL(`${server.environmentUrl}/v1/auth/callback/acme`)
  callback.searchParams.set('code', 'x')
  callback.searchParams.set('state', page.searchParams.get('state')!)
  const app = await whereTo(callback.href)
  assert.equal(app.searchParams.get('error'), 'auth/provider-unavailable')
  assert.equal((await go(callback.href)).status, 400)
  await signIn('google', { name: 'Mo', email: 'mo@example.com', emailVerified: true })
})
