import { createHash } from 'node:crypto'
import { authProblems, type SessionReply } from '@cloudbox/protocol/auth'
import { Problem } from '../../../kernel/problem.ts'
import { redeemToken } from '../one-time/one-time-token.ts'
import { openSession } from '../sessions/open-session.ts'
import { linkIdentity, type Vouched } from '../oauth/admit-identity.ts'
import type { Flow } from './flow.ts'

/** What the one-time code of a redirect knows. */
export interface ExchangeData {
  readonly methods: readonly string[]
  /** Only who has the verifier of it may exchange the code (PKCE, RFC 7636). */
  readonly codeChallenge: string | null
  /** An identity the user has asked to be linked. */
  readonly link?: Vouched
}

/** Turns the code of a redirect into a session: no token ever stands in an address. */
export async function exchange(
  flow: Flow,
  code: string,
  codeVerifier: string | undefined,
): Promise<SessionReply> {
  const { deps, accounts, visitor } = flow
  const redeemed = await redeemToken<ExchangeData>(deps.db, accounts.environment, ['exchange'], code)
  if (redeemed?.userId === undefined) throw invalid('The code was used before, is too old or never was one.')
  const { methods, codeChallenge, link } = redeemed.data
  const given =
    codeVerifier === undefined ? null : createHash('sha256').update(codeVerifier).digest('base64url')
  if (codeChallenge !== null && given !== codeChallenge)
    throw invalid('The code belongs to another client: its verifier does not fit.')
  const { userId } = redeemed
  return deps.db.transaction(async tx => {
    if (link !== undefined) await linkIdentity(flow, tx, userId, link)
    return openSession(tx, accounts, { userId, methods }, visitor)
  })
}

function invalid(detail: string): Problem {
  return new Problem(authProblems['link-invalid'], detail)
}
