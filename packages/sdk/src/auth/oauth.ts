import type { Identity, User } from '@cloudbox/protocol/auth'
import { CloudBoxError } from '../cloudbox-error.ts'
import { failure, success, type Result } from '../result.ts'
import { ask, clientFailure, settle, withData, type AuthContext } from './context.ts'
import { openPopup, popupOutcome } from './popup.ts'
import type { Session } from './session-keeper.ts'

/** A way to an identity provider and back. */
export interface ProviderRequest {
  /** `google`, `github`, …: one of those the settings name. */
  readonly provider: string
  /** Where to come back to; one of the allowed redirects. This page, in a browser, unless told. */
  readonly redirectTo?: string
  /** In a window of its own, while this page stays. Has to be called while a click is being handled. */
  readonly popup?: boolean
  /** What to ask the provider for beside the usual, with spaces between. */
  readonly scopes?: string
  /** Only gives the address, and goes nowhere. */
  readonly skipRedirect?: boolean
}

/** Where the browser goes; after a window of its own, who came in. */
export interface ProviderReply {
  readonly url: string
  readonly user: User | null
  readonly session: Session | null
}

/** Signing in with providers, and the identities of a user there. */
export interface Identities {
  /**
   * Goes to a provider, and comes back signed in.
   *
   * @example
   * button.onclick = () => box.auth.signInWithOAuth({ provider: 'google', popup: true })
   */
  signInWithOAuth(request: ProviderRequest): Promise<Result<ProviderReply>>
  /** Adds an identity to the signed-in user. */
  linkIdentity(request: ProviderRequest): Promise<Result<ProviderReply>>
  /** Takes an identity away, unless it is the last way in. */
  unlinkIdentity(identity: string | Pick<Identity, 'id'>): Promise<Result<null>>
  identities(): Promise<Result<Identity[]>>
}

export function identities(context: AuthContext): Identities {
  const { base, key, keeper, storage, proofKeys } = context

  /** Finds the address with `urlOf`, and goes there. */
  const go = async (
    { popup: inPopup = false, skipRedirect = false, ...request }: ProviderRequest,
    urlOf: (query: Record<string, string>) => Promise<Result<{ url: string }>>,
  ): Promise<Result<ProviderReply>> => {
    // Before anything is waited for: a browser opens windows only while a click is being handled.
    const popup = inPopup ? openPopup() : undefined
    if (popup === null)
      return clientFailure(
        'popup-blocked',
        'The browser let no window open.',
        'Call it while a click is being handled.',
      )
    const codeChallenge = await proofKeys.challenge()
    if (codeChallenge === undefined) {
      popup?.close()
      return clientFailure(
        'insecure-page',
        'Providers need a page with TLS.',
        'Use https:// or http://localhost.',
      )
    }
    const here = typeof location === 'object' ? location.origin + location.pathname : undefined
    const { provider, redirectTo = here, scopes } = request
    const query = { provider, codeChallenge, ...(redirectTo && { redirectTo }), ...(scopes && { scopes }) }
    const found = await urlOf(query)
    if (found.error !== null) {
      popup?.close()
      return found
    }
    const { url } = found.data
    if (popup !== undefined) return wait(popup, url)
    if (!skipRedirect && typeof location === 'object') location.assign(url)
    return withData(found, { url, user: null, session: null })
  }

  const wait = async (popup: Window, url: string): Promise<Result<ProviderReply>> => {
    const outcome = await popupOutcome(popup, url, storage, key)
    await keeper.wake()
    if (outcome === undefined) return clientFailure('popup-closed', 'The window was closed.')
    if (outcome !== null) return failure(new CloudBoxError(outcome))
    const session = keeper.current
    return success({ data: { url, user: session?.user ?? null, session }, status: 200 })
  }

  return {
    async signInWithOAuth(request) {
      const urlOf = async (query: Record<string, string>) =>
        success({ data: { url: `${base}/auth/authorize?${new URLSearchParams(query)}` }, status: 200 })
      return settle(context, await go(request, urlOf))
    },
    async linkIdentity(request) {
      return settle(context, await go(request, query => ask(context, 'POST', '/identities/authorize', query)))
    },
    async unlinkIdentity(identity) {
      const id = typeof identity === 'string' ? identity : identity.id
      return withData(await ask(context, 'DELETE', `/identities/${encodeURIComponent(id)}`), null)
    },
    identities: () => ask(context, 'GET', '/identities'),
  }
}
