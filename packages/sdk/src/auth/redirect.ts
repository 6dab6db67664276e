import type { SessionReply } from '@cloudbox/protocol/auth'
import { CloudBoxError } from '../cloudbox-error.ts'
import { failure, success, type Result } from '../result.ts'
import { cleanAddress, readArrival } from './address.ts'
import type { AuthEvent } from './channel.ts'
import { clientFailure, enter, settle, type AuthContext, type SignedIn } from './context.ts'
import { leavePopup } from './popup.ts'

/** What comes back from a provider or a mailed link. */
export interface Redirect {
  /**
   * Turns the code of a redirect into a session. A page does this by itself for what was begun in the same browser; call it
   * in a route of your server, or for a link with `anyDevice`.
   *
   * @param code - from the query; that of the page's own address unless told
   */
  exchangeCodeForSession(code?: string): Promise<Result<SignedIn>>
  /** What came of the redirect that led to this page: who came in, what went wrong, or null when there was none. */
  redirectResult(): Promise<Result<SignedIn | null>>
}

export interface RedirectParts extends Redirect {
  /** Looks at the page's address. @returns the event that came of it */
  detect(): Promise<AuthEvent | undefined>
}

export function redirects(context: AuthContext, ready: () => Promise<unknown>): RedirectParts {
  const { key, storage, proofKeys, sendAsNobody } = context
  let outcome: Result<SignedIn | null> = success<null>({ data: null, status: 200 })

  const exchange = async (code: string, event: AuthEvent): Promise<Result<SignedIn>> => {
    const codeVerifier = await proofKeys.verifier()
    const body = { code, ...(codeVerifier !== null && { codeVerifier }) }
    const answer = await sendAsNobody({ method: 'POST', path: '/auth/exchange', body })
    return enter(context, answer as Result<SessionReply>, event)
  }

  return {
    async detect() {
      const arrival = readArrival()
      // Without a verifier it was begun elsewhere: an attacker's own code must not sign anybody in.
      if (arrival === undefined || (await proofKeys.verifier()) === null) return undefined
      const { code, error, errorDescription, isRecovery } = arrival
      const event = isRecovery ? 'PASSWORD_RECOVERY' : 'SIGNED_IN'
      outcome =
        code === null
          ? failure(new CloudBoxError({ code: error ?? '', detail: errorDescription ?? error ?? '' }))
          : await exchange(code, event)
      // A code that is refused may be one for the app itself.
      if (code === null || outcome.error === null) cleanAddress()
      const fault = outcome.error
      await leavePopup(fault && { code: fault.code, detail: fault.message }, storage, key)
      return outcome.error === null ? event : undefined
    },
    async exchangeCodeForSession(code) {
      await ready()
      const arrival = readArrival()
      const given = code ?? arrival?.code
      if (given == null) return settle(context, clientFailure('no-code', 'There is no code in the address.'))
      const isOwn = given === arrival?.code
      const result = await exchange(given, isOwn && arrival?.isRecovery ? 'PASSWORD_RECOVERY' : 'SIGNED_IN')
      if (isOwn && result.error === null) cleanAddress()
      return settle(context, result)
    },
    async redirectResult() {
      await ready()
      return settle(context, outcome)
    },
  }
}
