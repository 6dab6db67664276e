import { authProblems } from '@cloudbox/protocol/auth'
import type { AuthSettings } from '@cloudbox/protocol/auth-settings'
import { Problem } from '../../../kernel/problem.ts'

export type CaptchaSettings = Pick<NonNullable<AuthSettings['captcha']>, 'provider' | 'secret'>

/** All three take the same form and answer with the same fields. */
const addresses: Record<CaptchaSettings['provider'], string> = {
  turnstile: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
  hcaptcha: 'https://api.hcaptcha.com/siteverify',
  recaptcha: 'https://www.google.com/recaptcha/api/siteverify',
}

const timeoutMs = 5000
/** ReCAPTCHA v3 shows nothing and answers from 0, a machine, to 1; this is what its makers advise to start with. */
const leastScore = 0.5

/** What a mistaken operator gets told of: the rest is the visitor's. */
const ourMistakes = ['missing-input-secret', 'invalid-input-secret', 'sitekey-secret-mismatch']

export interface CaptchaOptions {
  /** What the page said it is for (Turnstile, reCAPTCHA v3); an answer for something else is refused. */
  readonly action?: string
}

/**
 * Makes sure that a captcha was solved: reCAPTCHA v2 and v3, hCaptcha or Turnstile. Without the provider nobody gets in.
 * @throws Problem `auth/captcha-needed`, `auth/captcha-failed`, `auth/captcha-unavailable`
 */
export async function verifyCaptcha(
  { provider, secret }: CaptchaSettings,
  token: string | undefined,
  ip: string | undefined,
  fetch: typeof globalThis.fetch,
  { action }: CaptchaOptions = {},
): Promise<void> {
  if (token === undefined || token === '')
    throw new Problem(authProblems['captcha-needed'], 'The request has no captchaToken.')
  const form = { secret, response: token, ...(ip === undefined ? {} : { remoteip: ip }) }
  const verdict = await ask(addresses[provider], form, fetch)
  const codes = verdict['error-codes'] ?? []
  if (codes.some(code => ourMistakes.includes(code)))
    throw unavailable(`${provider} does not accept the captcha's secret.`)
  const isOfAnotherAction =
    action !== undefined && verdict.action !== undefined && verdict.action !== '' && verdict.action !== action
  // Only v3 has a score where 1 is a person: hCaptcha's counts the other way round.
  const isMachine = provider === 'recaptcha' && (verdict.score ?? 1) < leastScore
  if (verdict.success !== true || isOfAnotherAction || isMachine)
    throw new Problem(authProblems['captcha-failed'], 'The captcha token was not accepted.')
}

interface Verdict {
  readonly success?: boolean
  readonly score?: number
  readonly action?: string
  readonly 'error-codes'?: readonly string[]
}

async function ask(
  address: string,
  form: Record<string, string>,
  fetch: typeof globalThis.fetch,
): Promise<Verdict> {
  try {
    const answer = await fetch(address, {
      method: 'POST',
      body: new URLSearchParams(form),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    // A refused token is answered with 200 or 400, and the reasons.
    if (answer.status >= 500 || answer.status === 429) throw new Error(`answered ${answer.status}`)
    const verdict: unknown = await answer.json()
    if (typeof verdict !== 'object' || verdict === null) throw new Error('answered something else')
    return verdict
  } catch (cause) {
    throw unavailable('The service of the captcha does not answer.', cause)
  }
}

function unavailable(detail: string, cause?: unknown): Problem {
  return new Problem(authProblems['captcha-unavailable'], detail, {
    headers: { 'retry-after': '10' },
    cause,
  })
}
