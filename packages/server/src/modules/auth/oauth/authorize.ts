import { authProblems } from '@cloudbox/protocol/auth'
import { Problem } from '../../../kernel/problem.ts'
import type { Flow } from '../flows/flow.ts'
import { allowedRedirect } from '../flows/redirects.ts'
import { makeToken, newToken } from '../one-time/one-time-token.ts'
import { explainFault } from './explain-fault.ts'
import { findWay } from './find-way.ts'
import { startAuthorization } from './legs/authorization.ts'
import type { OauthState } from './oauth-state.ts'

export interface Authorize {
  readonly provider: string
  readonly purpose: OauthState['purpose']
  readonly redirectTo: string | null
  readonly codeChallenge: string | null
  readonly scopes?: string | undefined
  /** Who links. */
  readonly userId?: string
}

/** Where the app wants the browser back. @throws Problem `auth/redirect-not-allowed` */
export function appRedirect({ accounts }: Flow, redirectTo: string | undefined): string {
  const allowed = allowedRedirect(accounts.settings, accounts.environment, redirectTo)
  if (allowed !== undefined) return allowed
  throw new Problem(
    authProblems['redirect-not-allowed'],
    'The request does not say where to go afterwards.',
    {
      hint: 'Send redirectTo, or set siteUrl with PATCH /v1/auth/settings.',
    },
  )
}

/** Each provider has a callback of its own, so that no provider's answer can be taken for another's (RFC 9700, 4.4). */
export function callbackOf({ deps, accounts, visitor }: Flow, provider: string): string {
  return `${deps.linkBase(accounts.environment, visitor.origin)}/callback/${provider}`
}

/**
 * Begins a sign-in with a provider.
 * @returns where the browser has to go
 * @throws Problem `auth/unknown-provider`, `auth/not-enabled`, `auth/provider-unavailable`, `auth/public-url-missing`
 */
export async function authorize(flow: Flow, asked: Authorize): Promise<string> {
  const { deps, accounts, visitor } = flow
  const { environment } = accounts
  const { provider, client, fetch, isFake } = findWay(flow, asked.provider)
  const redirectUri = callbackOf(flow, provider.id)
  const state = newToken('oauth-state')
  const scopes = asked.scopes?.split(/[\s,]+/).filter(scope => scope !== '')
  const start = { redirectUri, state, ...(scopes === undefined ? {} : { scopes }) }
  const { url, kept } = await startAuthorization(provider, client, start, fetch).catch((error: unknown) => {
    throw explainFault(provider, error, redirectUri)
  })
  const { purpose, redirectTo, codeChallenge, userId } = asked
  const data: OauthState = {
    provider: provider.id,
    kept,
    redirectUri,
    purpose,
    redirectTo,
    codeChallenge,
  }
  await makeToken(deps.db, environment, { purpose: 'oauth-state', userId, data, token: state })
  if (!isFake) return url.href
  return `${deps.linkBase(environment, visitor.origin)}/fake/${provider.id}/authorize${url.search}`
}
