import { authProblems } from '@cloudbox/protocol/auth'
import { Problem } from '../../../kernel/problem.ts'
import type { ExchangeData } from '../flows/exchange.ts'
import type { Flow } from '../flows/flow.ts'
import { withQuery } from '../flows/redirects.ts'
import { makeToken, redeemToken } from '../one-time/one-time-token.ts'
import { admitIdentity } from './admit-identity.ts'
import { explainFault } from './explain-fault.ts'
import { findWay } from './find-way.ts'
import { finishAuthorization, type Authorized } from './legs/authorization.ts'
import type { Provider } from './legs/provider.ts'
import type { OauthState } from './oauth-state.ts'

/** How a sign-in at a provider ended. */
export type Finished =
  | { readonly kind: 'redirect'; readonly url: string }
  /** A test: shown instead of signing in. */
  | { readonly kind: 'test'; readonly provider: Provider; readonly found: Authorized | Problem }

/**
 * The browser is back from a provider.
 * @param params what it brought from there
 * @throws Problem `auth/state-invalid` when nobody knows where it should go
 */
export async function finishSignIn(
  flow: Flow,
  providerId: string,
  params: URLSearchParams,
): Promise<Finished> {
  const { deps, accounts } = flow
  const given = params.get('state') ?? ''
  const state = await redeemToken<OauthState>(deps.db, accounts.environment, ['oauth-state'], given)
  if (state === undefined || state.data.provider !== providerId)
    throw new Problem(authProblems['state-invalid'], 'No such sign-in was begun here.')
  const { data, userId } = state
  const { provider, client, fetch } = findWay(flow, providerId)
  const { redirectUri, kept, purpose, redirectTo } = data
  const end = { redirectUri, params, state: given, kept }
  try {
    const found = await finishAuthorization(provider, client, end, fetch).catch((error: unknown) => {
      throw explainFault(provider, error, redirectUri)
    })
    if (purpose === 'test') return { kind: 'test', provider, found }
    const code = await makeCode(flow, provider, found, data, userId)
    return { kind: 'redirect', url: withQuery(redirectTo!, { code }) }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (purpose === 'test') return { kind: 'test', provider, found: error }
    return { kind: 'redirect', url: withProblem(redirectTo!, error) }
  }
}

/** An address of the app, told what went wrong. */
export function withProblem(redirectTo: string, { code, message, hint }: Problem): string {
  return withQuery(redirectTo, {
    error: code,
    error_description: hint === undefined ? message : `${message} ${hint}`,
  })
}

/**
 * A code for the app. An identity is linked only when the code is exchanged: it takes the verifier, which only the browser
 * has in which the link was asked for. Else somebody could send his link to others and collect their identities.
 */
async function makeCode(
  flow: Flow,
  provider: Provider,
  { profile }: Authorized,
  { purpose, codeChallenge }: OauthState,
  userId: string | undefined,
): Promise<string> {
  const { deps, accounts } = flow
  const { environment } = accounts
  const { id, name, trustEmail } = provider
  const vouched = { provider: { id, name, trustEmail }, profile }
  if (purpose === 'link') {
    if (userId === undefined) throw new Problem(authProblems['session-ended'], 'The account was removed.')
    const data: ExchangeData = { methods: ['oauth'], codeChallenge, link: vouched }
    return makeToken(deps.db, environment, { purpose: 'exchange', userId, data })
  }
  const ended: string[] = []
  const code = await deps.db.transaction(async tx => {
    const admitted = await admitIdentity(flow, tx, vouched)
    ended.push(...admitted.sessionIds)
    const data: ExchangeData = { methods: ['oauth'], codeChallenge }
    return makeToken(tx, environment, { purpose: 'exchange', userId: admitted.userId, data })
  })
  if (ended.length > 0) await deps.ended(environment, ended)
  return code
}
