import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import { OAuth2Server } from 'oauth2-mock-server'
import { guardedFetch } from '../../../../kernel/egress.ts'
import { finishAuthorization, startAuthorization } from './authorization.ts'
import { findProvider } from './find-provider.ts'

const server = new OAuth2Server()
await server.issuer.keys.generate('RS256')
await server.start(0, '127.0.0.1')
after(() => server.stop())
const fetch = guardedFetch({ allowPrivate: true, timeoutMs: 5000 })
const provider = findProvider('acme', { kind: 'oidc', settings: { issuer: server.issuer.url! } })!
const client = { clientId: 'cid', clientSecret: 'sec' }
const redirectUri = 'https://app.example/callback'

async function roundTrip({ state = 'st', nonce }: { state?: string; nonce?: string } = {}) {
  const { url, kept } = await startAuthorization(provider, client, { redirectUri, state: 'st' }, fetch)
  const back = new URL((await fetch(url)).headers.get('location')!)
  const end = { redirectUri, params: back.searchParams, state, kept: { ...kept, nonce: nonce ?? kept.nonce } }
  return finishAuthorization(provider, client, end, fetch)
}

test('a sign-in with PKCE, state and nonce tells who came', async () => {
  assert.equal((await roundTrip()).profile.subject, 'johndoe')
})

test('another state, another nonce and a foreign audience are refused', async () => {
  await assert.rejects(roundTrip({ state: 'other' }))
  await assert.rejects(roundTrip({ nonce: 'other' }))
  // Both the access token and the ID token are signed, in this order: every one is changed.
  server.service.on('beforeTokenSigning', (token: { payload: { aud?: unknown } }) => {
    token.payload.aud = 'other'
  })
  await assert.rejects(roundTrip(), error => {
    assert.match(inspect(error, { depth: 5 }), /claim: 'aud'/)
    return true
  })
})
