import { authProblems } from '@cloudbox/protocol/auth'
import { Problem } from '../../../kernel/problem.ts'
import type { Accounts } from '../accounts.ts'

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Whom passkeys are for, as browsers know it. */
export interface RelyingParty {
  /** The domain passkeys belong to: they work there and below it. */
  readonly id: string
  /** What the browser says who asks for them. */
  readonly name: string
  /** Whether a page of this origin may use them. */
  allows(origin: string): boolean
}

/** The domain of passkeys; empty when nobody has said where the app is. */
export function relyingPartyId({ settings, environment }: Accounts): string {
  const { siteUrl, passkeyRpId } = settings
  return passkeyRpId || URL.parse(siteUrl)?.hostname || (environment.dev ? 'localhost' : '')
}

/** @throws Problem `auth/passkeys-not-ready` */
export function relyingParty(accounts: Accounts): RelyingParty {
  const { settings, environment } = accounts
  const { siteUrl, redirectUrls, passkeyOrigins, appName } = settings
  const id = relyingPartyId(accounts)
  if (id === '') throw new Problem(authProblems['passkeys-not-ready'], 'No domain is set for passkeys.')
  const pages = [siteUrl, ...redirectUrls].map(url => URL.parse(url.replace(/\*$/, ''))?.origin)
  const known = new Set([...pages, ...passkeyOrigins])
  return {
    id,
    name: appName || environment.project,
    allows: origin => known.has(origin) || (environment.dev && isLoopback(origin)),
  }
}

function isLoopback(origin: string): boolean {
  const url = URL.parse(origin)
  return url !== null && /^https?:$/.test(url.protocol) && loopback.has(url.hostname)
}
