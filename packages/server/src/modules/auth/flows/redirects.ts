import { authProblems } from '@cloudbox/protocol/auth'
import type { AuthSettings } from '@cloudbox/protocol/auth-settings'
import type { Environment } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'

/** Schemes a browser would run instead of going there. */
const dangerous = /^(javascript|data|vbscript|blob|file|about):/i
const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** What is wrong with an allowed redirect, in words; undefined when nothing is. */
export function redirectMistake(pattern: string): string | undefined {
  const url = URL.parse(pattern.replace(/\*$/, ''))
  if (url === null || dangerous.test(pattern))
    return 'is not an address such as https://app.example.com/welcome'
  if (pattern.slice(0, -1).includes('*')) return 'may have a * only at its end'
  // `https://app.com*` would allow https://app.com.evil.example.
  if (pattern.endsWith('*') && !/^[a-z][a-z0-9+.-]*:\/\/[^/?#]+\/[^?#]*\*$/i.test(pattern))
    return 'may have a * only behind a whole origin and a slash'
  return undefined
}

/**
 * Where a flow may go when it is done.
 * @param wanted as the request says; undefined for the app's own address
 * @returns undefined when nothing was asked for and the app's address is not known
 * @throws Problem `auth/redirect-not-allowed`
 */
export function allowedRedirect(
  { siteUrl, redirectUrls }: Pick<AuthSettings, 'siteUrl' | 'redirectUrls'>,
  { dev }: Pick<Environment, 'dev'>,
  wanted: string | undefined,
): string | undefined {
  if (wanted === undefined || wanted === '') return siteUrl === '' ? undefined : siteUrl
  const url = URL.parse(wanted)
  const isAllowed =
    url !== null &&
    !dangerous.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    ((dev && loopback.has(url.hostname) && /^https?:$/.test(url.protocol)) ||
      [siteUrl, ...redirectUrls].some(pattern => pattern !== '' && matches(pattern, url)))
  if (isAllowed) return url.href
  throw new Problem(authProblems['redirect-not-allowed'], `${wanted} is not an allowed redirect.`)
}

/** Compares what a browser would open, so that no spelling slips through. */
function matches(pattern: string, url: URL): boolean {
  if (!pattern.endsWith('*')) return URL.parse(pattern)?.href === url.href
  const allowed = URL.parse(pattern.slice(0, -1))
  return (
    allowed !== null &&
    allowed.protocol === url.protocol &&
    allowed.host === url.host &&
    url.pathname.startsWith(allowed.pathname)
  )
}

/** An address with parameters added to its query. */
export function withQuery(address: string, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(address)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}
