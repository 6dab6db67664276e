import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { knownProviders } from '../../providers/known-providers.ts'
import { finishAuthorization, startAuthorization } from './authorization.ts'
import { findProvider } from './find-provider.ts'

const redirectUri = 'https://app.example/v1/auth/callback/x'
const start = { redirectUri, state: 'st' }

/** Answers in a provider's place and keeps what it was asked. */
function answering(tokenAnswer: unknown, user: unknown) {
  const asked: { url: string; form: URLSearchParams; headers: Headers; method: string }[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const { url, headers, method } = request
    asked.push({ url, headers, method, form: new URLSearchParams(await request.text()) })
    return Response.json(asked.length === 1 ? tokenAnswer : user)
  }
  return { fetch, asked }
}

async function signIn(id: string, tokenAnswer: unknown, user: unknown) {
  const provider = knownProviders.get(id)!
  const client = { clientId: 'cid', clientSecret: 'sec' }
  const { fetch, asked } = answering(tokenAnswer, user)
  const { url, kept } = await startAuthorization(provider, client, start, fetch)
  const params = new URLSearchParams({ code: 'c', state: 'st', iss: 'https://other.example' })
  const end = { redirectUri, params, state: 'st', kept }
  return { url, kept, asked, result: await finishAuthorization(provider, client, end, fetch) }
}

test('TikTok gets its client_key, and commas between scopes', async () => {
  const user = { data: { user: { open_id: '7', display_name: 'Ida' } } }
  const { url, asked, result } = await signIn('tiktok', { access_token: 't', expires_in: 10 }, user)
  assert.equal(url.searchParams.get('client_key'), 'cid')
  assert.equal(url.searchParams.has('client_id'), false)
  assert.equal(asked[0]!.form.get('client_key'), 'cid')
  assert.equal(asked[0]!.form.get('client_secret'), 'sec')
  assert.equal(result.profile.subject, '7')
})

test('X proves itself with Basic and PKCE', async () => {
  const { url, kept, asked } = await signIn('twitter', { access_token: 't' }, { data: { id: '7' } })
  assert.equal(url.searchParams.get('code_challenge_method'), 'S256')
  assert.equal(asked[0]!.headers.get('authorization'), `Basic ${btoa('cid:sec')}`)
  assert.equal(asked[0]!.form.get('code_verifier'), kept.verifier)
})

test('LinkedIn is spared PKCE, and its ID token is not taken for proof', async () => {
  const token = { access_token: 't', id_token: 'x.y.z', scope: ['openid'], expires_in: '60' }
  const { url, asked, result } = await signIn('linkedin', token, { sub: '7' })
  assert.equal(url.searchParams.has('code_challenge'), false)
  assert.equal(asked[0]!.form.has('code_verifier'), false)
  assert.equal(result.tokens.scope, 'openid')
})

test('Linear is asked with a query', async () => {
  const { asked } = await signIn('linear', { access_token: 't' }, { data: { viewer: { id: '7' } } })
  assert.equal(asked[1]!.method, 'POST')
  assert.equal(asked[1]!.headers.get('content-type'), 'application/json')
  assert.equal(asked[1]!.headers.get('authorization'), 'Bearer t')
})

test('an error that comes with status 200 is an error', async () => {
  await assert.rejects(signIn('github', { error: 'incorrect_client_credentials' }, {}), {
    error: 'incorrect_client_credentials',
  })
})

test('settings lead to no other server than the one they name', () => {
  const okta = (domain?: string) =>
    findProvider('okta', domain === undefined ? {} : { settings: { domain } })?.issuer
  assert.equal(okta('acme.okta.com'), 'https://acme.okta.com')
  for (const bad of [undefined, '', 'a/b', 'a@b', 'a?b', 'a#b', '..', 'a.okta.com/..'])
    assert.equal(okta(bad), undefined, bad)
})

test('Apple gets a secret signed with the key of the team', async () => {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const { clientAuthOf } = await import('./client-auth.ts')
  const openId = await import('openid-client')
  const settings = { teamId: 'TEAM', keyId: 'KEY', privateKey }
  const form = new URLSearchParams()
  const prove = clientAuthOf(openId, knownProviders.get('apple')!, { clientId: 'app', settings })
  await prove({ issuer: 'https://appleid.apple.com' }, { client_id: 'app' }, form, new Headers())
  const secret = form.get('client_secret')!
  assert.deepEqual(decodeProtectedHeader(secret).kid, 'KEY')
  const { iss, sub, aud, iat, exp } = decodeJwt(secret)
  assert.deepEqual([iss, sub, aud, exp! - iat!], ['TEAM', 'app', 'https://appleid.apple.com', 3600])
})
