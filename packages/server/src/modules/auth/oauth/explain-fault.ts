import { authProblems } from '@cloudbox/protocol/auth'
import { Problem } from '../../../kernel/problem.ts'
import { UserinfoError } from './legs/authorization.ts'
import type { Provider } from './legs/provider.ts'
import { IdTokenError } from './legs/read-id-token.ts'

/** What a provider's error code means for who set it up. */
const advice: Readonly<Record<string, string>> = {
  invalid_client: 'The client id or the client secret is wrong. Copy both again from the provider.',
  unauthorized_client: 'The client is not allowed this flow. Make it a web application at the provider.',
  incorrect_client_credentials: 'The client secret is wrong. Copy it again from the provider.',
  redirect_uri_mismatch: 'Add this exact redirect address to the client at the provider:',
  invalid_redirect_uri: 'Add this exact redirect address to the client at the provider:',
  invalid_scope: 'A scope is not known to the provider or not granted to this client.',
  invalid_grant: 'The provider does not take its own code: often the redirect address differs from',
  bad_verification_code: 'The code was used before or is too old. Try once more.',
}

/**
 * What went wrong between us and a provider, as a problem: its own code is told, never what it wrote.
 * @param redirectUri named where it is the likely reason
 */
export function explainFault({ name }: Provider, error: unknown, redirectUri: string): Problem {
  if (error instanceof Problem) return error
  if (error instanceof IdTokenError)
    return new Problem(authProblems['id-token-invalid'], `The ID token is not good: ${error.message}.`)
  const { error: said, code, status } = error as { error?: unknown; code?: string; status?: number }
  if (said === 'access_denied')
    return new Problem(authProblems['sign-in-cancelled'], `${name} was told not to go on.`, { cause: error })
  if (isSilence(error)) {
    return new Problem(authProblems['provider-unavailable'], `${name} does not answer.`, { cause: error })
  }
  const refused = (detail: string, hint?: string) =>
    new Problem(authProblems['provider-refused'], detail, { cause: error, hint })
  if (error instanceof UserinfoError)
    return refused(
      `${name} gave a token and then did not tell whose it is (${error.status}).`,
      'A scope may be missing: see the scopes of this provider in the guide.',
    )
  if (typeof said === 'string') {
    const word = said.replaceAll(/[^\w.-]/g, '').slice(0, 60)
    const hint = advice[word]
    const withAddress = hint !== undefined && /(:|from)$/.test(hint) ? `${hint} ${redirectUri}` : hint
    return refused(`${name} answered ${word}.`, withAddress)
  }
  return refused(
    `What ${name} answered is not what its protocol asks for${code === undefined ? '' : ` (${code})`}${status === undefined ? '' : `, status ${status}`}.`,
  )
}

/** Nothing came, or nothing of use: the provider or the way to it is down. */
function isSilence(error: unknown): boolean {
  for (let reason = error; reason instanceof Error; reason = reason.cause) {
    const { name, code, status } = reason as Error & { code?: string; status?: number }
    if (reason instanceof TypeError && !code?.startsWith('ERR_INVALID')) return true
    if (name === 'TimeoutError' || name === 'AbortError' || code === 'OAUTH_TIMEOUT') return true
    if (status !== undefined && status >= 500) return true
  }
  const { cause } = error as { cause?: unknown }
  return cause instanceof Response && cause.status >= 500
}
