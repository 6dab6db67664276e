import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { verifyCaptcha, type CaptchaOptions, type CaptchaSettings } from './captcha.ts'

type Provider = CaptchaSettings['provider']

/** Verifies a token against a provider that answers this. */
async function verify(
  provider: Provider,
  answer: object | (() => Promise<Response>),
  options?: CaptchaOptions,
) {
  const asked: { url: string; form: Record<string, string> }[] = []
  await verifyCaptcha(
    { provider, secret: 'shh' },
    'token-1',
    '203.0.113.7',
    async (url, { body } = {}) => {
      asked.push({ url: String(url), form: Object.fromEntries(body as URLSearchParams) })
      return typeof answer === 'function' ? answer() : Response.json(answer)
    },
    options,
  )
  return asked
}

describe('a solved captcha passes, and its provider is asked with secret, token and address', () => {
  const cases: Record<Provider, [url: string, answer: object]> = {
    turnstile: [
      'https://challenges.cloudflare.com/turnstile/v0/siteverify',
      { success: true, challenge_ts: '2026-01-01T00:00:00Z', 'error-codes': [], action: 'sign-up' },
    ],
    hcaptcha: ['https://api.hcaptcha.com/siteverify', { success: true, hostname: 'a.example', score: 0.1 }],
    recaptcha: [
      'https://www.google.com/recaptcha/api/siteverify',
      { success: true, score: 0.9, action: 'sign-up' },
    ],
  }
  for (const [provider, [url, answer]] of Object.entries(cases)) {
    test(provider, async () => {
      assert.deepEqual(await verify(provider as Provider, answer, { action: 'sign-up' }), [
        { url, form: { secret: 'shh', response: 'token-1', remoteip: '203.0.113.7' } },
      ])
    })
  }
  test('recaptcha v2, which has no score', async () => {
    assert.equal((await verify('recaptcha', { success: true })).length, 1)
  })
})

describe('a captcha is refused', () => {
  const failed = 'auth/captcha-failed'
  const unavailable = 'auth/captcha-unavailable'
  const away = () => Promise.reject(new TypeError('fetch failed'))
  const cases: Record<
    string,
    [Provider, object | (() => Promise<Response>), code: string, options?: CaptchaOptions]
  > = {
    'that was not solved': [
      'turnstile',
      { success: false, 'error-codes': ['invalid-input-response'] },
      failed,
    ],
    'that was used before': [
      'turnstile',
      { success: false, 'error-codes': ['timeout-or-duplicate'] },
      failed,
    ],
    'that was solved for something else': [
      'turnstile',
      { success: true, action: 'newsletter' },
      failed,
      { action: 'sign-up' },
    ],
    'by a machine': ['recaptcha', { success: true, score: 0.1 }, failed],
    'when success is not exactly true': ['hcaptcha', { success: 'true' }, failed],
    'with 400 and the reasons': [
      'hcaptcha',
      async () =>
        Response.json({ success: false, 'error-codes': ['invalid-input-response'] }, { status: 400 }),
      failed,
    ],
    'when our secret is wrong': [
      'hcaptcha',
      { success: false, 'error-codes': ['invalid-input-secret'] },
      unavailable,
    ],
    'when nobody answers': ['turnstile', away, unavailable],
    'when the provider fails': [
      'turnstile',
      async () => Response.json({ success: true }, { status: 502 }),
      unavailable,
    ],
    'when the answer is not JSON': ['recaptcha', async () => new Response('<html>'), unavailable],
    'when the answer is no object': ['recaptcha', async () => Response.json(null), unavailable],
  }
  for (const [name, [provider, answer, code, options]] of Object.entries(cases)) {
    test(name, async () => {
      await assert.rejects(verify(provider, answer, options), (problem: Error & { code: string }) => {
        assert.equal(problem.code, code)
        assert.doesNotMatch(problem.message, /shh|token-1/)
        return true
      })
    })
  }

  test('that is not there, without asking anybody', async () => {
    const settings = { provider: 'turnstile', secret: 'shh' } as const
    const nobody = () => assert.fail('asked')
    for (const token of [undefined, ''])
      await assert.rejects(verifyCaptcha(settings, token, undefined, nobody), { code: 'auth/captcha-needed' })
  })
})
