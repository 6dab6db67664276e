// @ts-check

/**
 * @typedef {{ accessToken: string, refreshToken: string, user: { id: string, email: string, name: string | null } }} Session
 * @typedef {{ isSetUp: boolean, accounts: { path: string, publishableKey: string, hasMailbox: boolean } }} Installation
 */

const platform = '/v1/platform'
/** Of this tab only: closing it forgets who was signed in. */
const place = 'cloudbox-operator'

/** What the server refused, in its own words. */
export class Refused extends Error {
  /** @param {number} status @param {Record<string, any>} body */
  constructor(status, body) {
    super(body['detail'] ?? `The server answers ${status}.`)
    this.status = status
    /** @type {string} */
    this.code = body['code'] ?? ''
    /** @type {string | undefined} */
    this.hint = body['hint']
    /** @type {{ at: string, message: string, hint?: string }[]} */
    this.errors = body['errors'] ?? []
  }
}

/** Nobody is signed in (any more). */
export class SignedOut extends Error {}

/** @returns {Session | null} */
export const session = () => JSON.parse(sessionStorage.getItem(place) ?? 'null')

/** @param {Session | null} kept */
export function keepSession(kept) {
  if (kept === null) sessionStorage.removeItem(place)
  else sessionStorage.setItem(place, JSON.stringify(kept))
}

/**
 * @param {string} method
 * @param {string} url
 * @param {unknown} body
 * @param {Record<string, string>} headers
 * @returns {Promise<any>}
 */
async function send(method, url, body, headers) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const answer = await fetch(url, {
    method,
    headers: /** @type {Record<string, string>} */ ({ ...type, ...headers }),
    ...sent,
  }).catch(() => {
    throw new Refused(0, {
      detail: 'The server does not answer.',
      hint: 'See whether it is running, and try again.',
    })
  })
  const text = await answer.text()
  const told = text === '' ? null : JSON.parse(text)
  if (!answer.ok) throw new Refused(answer.status, told ?? {})
  return told
}

/** @type {Promise<Installation> | undefined} */
let known
/** Whether somebody owns the server, and where operators sign in. */
export const installation = () => (known ??= send('GET', platform, undefined, {}))

/**
 * Asks below `/v1/platform` as nobody in particular.
 * @param {string} method @param {string} path @param {unknown} [body]
 */
export const askAsNobody = (method, path, body) => send(method, platform + path, body, {})

/**
 * Asks below `/v1/platform` as who is signed in; a token that has ended is exchanged for the next one first.
 * @param {string} method @param {string} path @param {unknown} [body]
 */
export async function ask(method, path, body) {
  const once = () => {
    const token = session()?.accessToken
    if (token === undefined) throw new SignedOut('Sign in first.')
    return send(method, platform + path, body, { authorization: `Bearer ${token}` })
  }
  return once().catch(async (/** @type {unknown} */ error) => {
    if (!(error instanceof Refused) || error.status !== 401) throw error
    if (error.code !== 'auth/token-expired') throw ended()
    await refresh()
    return once()
  })
}

/**
 * Asks where operators have their accounts.
 * @param {string} method @param {string} path @param {unknown} [body] @param {string} [token]
 */
export async function askAccounts(method, path, body, token) {
  const { accounts } = await installation()
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return send(method, `${accounts.path}/v1/auth${path}`, body, {
    apikey: accounts.publishableKey,
    .../** @type {Record<string, string>} */ (authorization),
  })
}

/** @type {Promise<void> | undefined} */
let refreshing
/** A refresh token is good once, so several requests share one exchange. */
function refresh() {
  return (refreshing ??= askAccounts('POST', '/refresh', { refreshToken: session()?.refreshToken })
    .then(keepSession, error => {
      throw error instanceof Refused && error.status === 401 ? ended() : error
    })
    .finally(() => (refreshing = undefined)))
}

function ended() {
  keepSession(null)
  return new SignedOut('Your session has ended. Sign in again.')
}

/** Ends the session on the server too; here it ends in any case. */
export async function signOut() {
  const token = session()?.accessToken
  keepSession(null)
  if (token !== undefined) await askAccounts('POST', '/sign-out', {}, token).catch(() => {})
}
