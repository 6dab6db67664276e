import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTestServer } from '../../../testing/start-test-server.ts'

const server = await startTestServer({ after })
const captcha = { provider: 'turnstile', siteKey: 'site', secret: 'kept from all' }
const [email, password] = ['ada@example.com', 'correct horse']
const codeOf = ({ body }: { body: unknown }) => (body as { code?: string }).code
const post = (path: string, body: object) =>
  server.request('POST', `/auth/${path}`, { body, headers: { apikey: server.publishableKey } })

before(() => server.request('PATCH', '/auth/settings', { body: { captcha, anonymous: true } }))

test('what strangers do needs a captcha where the environment wants one', async () => {
  for (const [path, body] of [
    ['sign-up', { email, password }],
    ['sign-in', { email, password }],
    ['recover', { email }],
    ['resend', { email }],
    ['otp', { email, kind: 'code' }],
    ['anonymous', {}],
  ] as const)
    assert.equal(codeOf(await post(path, body)), 'auth/captcha-needed', path)
})

test('what shows something got before needs none', async () => {
  assert.equal(codeOf(await post('verify', { email, code: '123456' })), 'auth/link-invalid')
  assert.equal(
    codeOf(await post('id-token', { provider: 'google', idToken: 'a.b.c' })),
    'auth/id-token-invalid',
  )
  assert.equal(codeOf(await post('exchange', { code: 'exchange.x' })), 'auth/link-invalid')
  assert.equal(codeOf(await post('refresh', { refreshToken: 'cbr_x' })), 'auth/refresh-token-invalid')
})

test('its secret is never shown, its site key to everybody', async () => {
  const { body } = await server.request('GET', '/auth/settings')
  assert.ok(!JSON.stringify(body).includes(captcha.secret))
  const options = await server.request('GET', '/auth/options', { headers: { apikey: server.publishableKey } })
  assert.deepEqual((options.body as { captcha: unknown }).captcha, { provider: 'turnstile', siteKey: 'site' })
})
