import { createHash, createPublicKey, sign, type KeyObject } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { acmeProblem, AcmeProblem, type AcmeError } from './acme-problem.ts'
import { certificateRequest } from './certificate-request.ts'

export interface AcmeOptions {
  /** Where the CA says what it can do. */
  readonly directoryUrl: string
  /** P-256; makes the account, or finds it again. */
  readonly accountKey: KeyObject
  /** Where the CA reaches people; none when empty. */
  readonly email: string
}

/** Lets a name's port 80 answer for as long as the CA asks (http-01, RFC 8555, 8.3). */
export interface Challenges {
  /** Answers at `/.well-known/acme-challenge/<token>` from now on. Returns the end of that. */
  show(token: string, answer: string): () => void
}

interface Directory {
  readonly newNonce: string
  readonly newAccount: string
  readonly newOrder: string
}

interface Order {
  readonly status: string
  readonly authorizations: readonly string[]
  readonly finalize: string
  readonly certificate?: string
  readonly error?: AcmeError
}

interface Authorization {
  readonly status: string
  readonly challenges: readonly {
    readonly type: string
    readonly url: string
    readonly token: string
    readonly error?: AcmeError
  }[]
}

interface Answer<T> {
  readonly body: T
  readonly location: string | undefined
  readonly retryAfterMs: number | undefined
}

const answerMs = 30_000
/** A CA looks at a challenge within seconds, or not at all. */
const patienceMs = 120_000
const pollMs = 1000
const nonceAttempts = 6
const longestAnswer = 1_000_000

/** Speaks to a certificate authority (ACME, RFC 8555), for one order after the other. */
export class AcmeClient {
  readonly #options: AcmeOptions
  readonly #jwk: Readonly<Record<string, unknown>>
  #directory: Directory | undefined
  #account: string | undefined
  #nonce: string | undefined

  constructor(options: AcmeOptions) {
    this.#options = options
    const { crv, kty, x, y } = createPublicKey(options.accountKey).export({ format: 'jwk' })
    // In the order of the alphabet: the thumbprint is made of this text (RFC 7638).
    this.#jwk = { crv, kty, x, y }
  }

  /**
   * Asks for a certificate of one name; resolves to its chain as PEM.
   * @throws AcmeProblem
   */
  async order(domain: string, key: KeyObject, challenges: Challenges, stop: AbortSignal): Promise<string> {
    const { newOrder } = await this.#open(stop)
    const asked = await this.#post<Order>(
      newOrder,
      { identifiers: [{ type: 'dns', value: domain }] },
      `The CA does not take an order for ${domain}`,
      stop,
    )
    for (const url of asked.body.authorizations) await this.#authorize(domain, url, challenges, stop)
    const csr = Buffer.from(certificateRequest(domain, key)).toString('base64url')
    const failed = `The CA gives no certificate for ${domain}`
    await this.#post(asked.body.finalize, { csr }, failed, stop)
    const done = await this.#until<Order>(asked.location!, ['valid'], failed, stop)
    if (done.certificate === undefined) throw acmeProblem(failed, done.error ?? {})
    const { body } = await this.#post<string>(done.certificate, undefined, failed, stop)
    return body
  }

  async #authorize(domain: string, url: string, challenges: Challenges, stop: AbortSignal): Promise<void> {
    const failed = `The CA does not find ${domain} on this machine`
    const { body } = await this.#post<Authorization>(url, undefined, failed, stop)
    if (body.status === 'valid') return
    const challenge = body.challenges.find(({ type }) => type === 'http-01')
    if (challenge === undefined) throw acmeProblem(failed, { detail: 'it offers no http-01 challenge.' })
    const thumbprint = createHash('sha256').update(JSON.stringify(this.#jwk)).digest('base64url')
    const hide = challenges.show(challenge.token, `${challenge.token}.${thumbprint}`)
    try {
      await this.#post(challenge.url, {}, failed, stop)
      const seen = await this.#until<Authorization>(url, ['valid', 'invalid'], failed, stop)
      if (seen.status === 'valid') return
      throw acmeProblem(failed, seen.challenges.find(({ error }) => error !== undefined)?.error ?? {})
    } finally {
      hide()
    }
  }

  /** Asks again until something is as it should be, or cannot become so any more. */
  async #until<T extends { readonly status: string; readonly error?: AcmeError }>(
    url: string,
    wanted: readonly string[],
    doing: string,
    stop: AbortSignal,
  ): Promise<T> {
    for (let waitedMs = 0; waitedMs < patienceMs;) {
      const { body, retryAfterMs } = await this.#post<T>(url, undefined, doing, stop)
      if (wanted.includes(body.status)) return body
      if (body.status === 'invalid') throw acmeProblem(doing, body.error ?? {})
      const waitMs = Math.min(retryAfterMs ?? pollMs, patienceMs - waitedMs)
      await delay(waitMs, undefined, { signal: stop })
      waitedMs += Math.max(waitMs, pollMs)
    }
    throw acmeProblem(doing, { detail: 'it has not decided for two minutes.' })
  }

  async #open(stop: AbortSignal): Promise<Directory> {
    const { directoryUrl, email } = this.#options
    if (this.#directory === undefined) {
      const response = await this.#fetch(directoryUrl, {}, stop)
      const directory = jsonOf<Partial<Directory>>(await textOf(response))
      if (!response.ok || directory?.newNonce === undefined)
        throw new AcmeProblem(
          `There is no certificate authority at ${directoryUrl} (${response.status}).`,
          'Mend --acme-directory.',
        )
      this.#directory = directory as Directory
    }
    if (this.#account === undefined) {
      const { location } = await this.#post(
        this.#directory.newAccount,
        { termsOfServiceAgreed: true, ...(email === '' ? {} : { contact: [`mailto:${email}`] }) },
        'The CA makes no account',
        stop,
      )
      this.#account = location
    }
    return this.#directory
  }

  /** A signed request; without a payload it reads (RFC 8555, 6.3). */
  async #post<T>(url: string, payload: unknown, doing: string, stop: AbortSignal): Promise<Answer<T>> {
    for (let attempt = 1; ; attempt++) {
      const nonce = this.#nonce ?? (await this.#freshNonce(stop))
      this.#nonce = undefined
      const response = await this.#fetch(
        url,
        {
          method: 'POST',
          headers: { 'content-type': 'application/jose+json' },
          body: this.#signed(url, nonce, payload),
        },
        stop,
      )
      const text = await textOf(response)
      const retryAfterMs = retryAfterOf(response.headers.get('retry-after'))
      if (response.ok) {
        const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
        const body = (isJson ? jsonOf(text) : text) as T
        return { body, location: response.headers.get('location') ?? undefined, retryAfterMs }
      }
      const error = jsonOf<AcmeError>(text) ?? { detail: `it answered ${response.status}.` }
      if (error.type?.endsWith(':badNonce') && attempt < nonceAttempts) continue
      throw acmeProblem(doing, error, retryAfterMs)
    }
  }

  #signed(url: string, nonce: string, payload: unknown): string {
    const { accountKey } = this.#options
    const who = this.#account === undefined ? { jwk: this.#jwk } : { kid: this.#account }
    const header = base64url(JSON.stringify({ alg: 'ES256', nonce, url, ...who }))
    const content = payload === undefined ? '' : base64url(JSON.stringify(payload))
    const signature = sign('sha256', Buffer.from(`${header}.${content}`), {
      key: accountKey,
      dsaEncoding: 'ieee-p1363',
    })
    return JSON.stringify({
      protected: header,
      payload: content,
      signature: signature.toString('base64url'),
    })
  }

  async #freshNonce(stop: AbortSignal): Promise<string> {
    await this.#fetch(this.#directory!.newNonce, { method: 'HEAD' }, stop)
    if (this.#nonce !== undefined) return this.#nonce
    throw new AcmeProblem('The CA gives no nonce.', 'Is --acme-directory that of an ACME server?')
  }

  async #fetch(url: string, request: RequestInit, stop: AbortSignal): Promise<Response> {
    try {
      const response = await fetch(url, {
        ...request,
        signal: AbortSignal.any([stop, AbortSignal.timeout(answerMs)]),
      })
      this.#nonce = response.headers.get('replay-nonce') ?? this.#nonce
      return response
    } catch (error) {
      if (stop.aborted) throw error
      const { cause } = error as { cause?: { code?: string; message?: string } }
      throw new AcmeProblem(
        `The CA at ${new URL(url).host} does not answer (${cause?.code ?? cause?.message ?? (error as Error).name}).`,
        'This machine has to reach it; a private CA is trusted by NODE_EXTRA_CA_CERTS=/path/to/its-root.pem.',
      )
    }
  }
}

async function textOf(response: Response): Promise<string> {
  return (await response.text()).slice(0, longestAnswer)
}

function jsonOf<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}

/** Seconds or a date, as milliseconds from now. */
function retryAfterOf(text: string | null): number | undefined {
  if (text === null) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
