import type { SessionReply } from '@cloudbox/protocol/auth'
import type { Flow } from '../flows/flow.ts'
import { openSession } from '../sessions/open-session.ts'
import { admitIdentity } from './admit-identity.ts'
import { explainFault } from './explain-fault.ts'
import { findWay } from './find-way.ts'
import { readIdToken } from './legs/read-id-token.ts'

export interface GivenIdToken {
  readonly provider: string
  readonly idToken: string
  readonly nonce?: string | undefined
}

/** Signs in who shows an ID token of a provider, as native apps get one. @throws Problem `auth/id-token-invalid` */
export async function signInWithIdToken(
  flow: Flow,
  { provider: id, idToken, nonce }: GivenIdToken,
): Promise<SessionReply> {
  const { deps, accounts, visitor } = flow
  const { provider, client, fetch } = findWay(flow, id)
  const { profile } = await readIdToken(provider, client, idToken, { nonce }, fetch).catch(
    (error: unknown) => {
      throw explainFault(provider, error, '')
    },
  )
  const ended: string[] = []
  const session = await deps.db.transaction(async tx => {
    const { userId, sessionIds } = await admitIdentity(flow, tx, { provider, profile })
    ended.push(...sessionIds)
    return openSession(tx, accounts, { userId, methods: ['oauth'] }, visitor)
  })
  if (ended.length > 0) await deps.ended(accounts.environment, ended)
  return session
}
