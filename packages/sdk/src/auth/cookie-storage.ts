import type { AuthStorage } from './storage.ts'

/** How a cookie of the session has to be set. */
export interface CookieOptions {
  readonly path: '/'
  readonly sameSite: 'lax'
  readonly secure: boolean
  /** Seconds; 0 removes it. */
  readonly maxAge: number
}

/** The cookies of a request and of its answer, as the framework gives them. */
export interface Cookies {
  get(name: string): string | null | undefined | Promise<string | null | undefined>
  set(name: string, value: string, options: CookieOptions): unknown
  /** Send them over TLS only; true unless told. */
  readonly secure?: boolean
}

/** Browsers keep 4096 bytes of a cookie with its name and attributes. */
const chunkLength = 3_500
const mostChunks = 8
/** Browsers shorten what is longer. */
const yearSeconds = 34_560_000

/**
 * Keeps the session in cookies, so that the server that renders a page knows the user as well. In a browser it needs
 * nothing; on a server it gets the cookies of one request, and the client is made anew for each request.
 *
 * @example
 * // In the browser
 * const box = createClient(url, key, { auth: { storage: cookieStorage() } })
 * // On the server, in SvelteKit
 * const box = createClient(url, key, {
 *   auth: { storage: cookieStorage({ get: name => cookies.get(name), set: (...cookie) => cookies.set(...cookie) }) },
 * })
 */
export function cookieStorage(cookies?: Cookies): AuthStorage {
  const { get, set, secure = true } = cookies ?? documentCookies()
  const put = (name: string, value: string, maxAge: number) =>
    set(name, value, { path: '/', sameSite: 'lax', secure, maxAge })
  const removeFrom = async (key: string, first: number) => {
    for (let at = first; at < mostChunks && (await get(`${key}.${at}`)); at++)
      await put(`${key}.${at}`, '', 0)
  }
  return {
    isShared: cookies === undefined,
    isPerRequest: cookies !== undefined,
    async get(key) {
      let text = ''
      for (let at = 0; at < mostChunks; at++) {
        const chunk = await get(`${key}.${at}`)
        if (!chunk) break
        text += chunk
      }
      return text === '' ? null : decode(text)
    },
    async set(key, value) {
      const text = encode(value)
      const count = Math.ceil(text.length / chunkLength)
      if (count > mostChunks) throw new RangeError('The session is too large for cookies')
      for (let at = 0; at < count; at++)
        await put(`${key}.${at}`, text.slice(at * chunkLength, (at + 1) * chunkLength), yearSeconds)
      await removeFrom(key, count)
    },
    remove: key => removeFrom(key, 0),
  }
}

function documentCookies(): Cookies {
  return {
    secure: location.protocol === 'https:',
    get: name => {
      const start = `${name}=`
      return document.cookie
        .split('; ')
        .find(cookie => cookie.startsWith(start))
        ?.slice(start.length)
    },
    set(name, value, { path, sameSite, secure, maxAge }) {
      document.cookie = `${name}=${value}; path=${path}; max-age=${maxAge}; samesite=${sameSite}${secure ? '; secure' : ''}`
    },
  }
}

/** Text as base64url, which every framework passes on as it is. */
function encode(text: string): string {
  const binary = String.fromCharCode(...new TextEncoder().encode(text))
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Undefined text, such as of cookies of which some are gone, is none. */
function decode(text: string): string | null {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    return new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(binary, byte => byte.charCodeAt(0)),
    )
  } catch {
    return null
  }
}
