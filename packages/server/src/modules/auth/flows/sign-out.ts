import { authProblems } from '@cloudbox/protocol/auth'
import { Problem } from '../../../kernel/problem.ts'
import { sql, type Sql } from '../../../kernel/sql.ts'
import { endSessions } from '../sessions/revocations.ts'
import type { Flow, SignedIn } from './flow.ts'

/** Which sessions of a user to end. */
export type SignOutScope = 'local' | 'others' | 'global'

/** Ends sessions of the user who asks; their tokens are refused everywhere when it resolves. */
export async function signOut(
  flow: Flow,
  { userId, sessionId }: SignedIn,
  scope: SignOutScope,
): Promise<void> {
  const which: Record<SignOutScope, Sql> = {
    local: sql`id = ${sessionId}`,
    others: sql`user_id = ${userId} and id <> ${sessionId}`,
    global: sql`user_id = ${userId}`,
  }
  await end(flow, which[scope], 'signed-out')
}

/** Ends one session in the list of devices. @throws Problem `auth/session-not-found` */
export async function endDevice(flow: Flow, { userId }: SignedIn, sessionId: string): Promise<void> {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(sessionId)
  const ended = isId ? await end(flow, sql`id = ${sessionId} and user_id = ${userId}`, 'device-removed') : []
  if (ended.length === 0)
    throw new Problem(authProblems['session-not-found'], 'No open session of yours has this id.')
}

async function end({ deps, accounts }: Flow, which: Sql, why: string): Promise<string[]> {
  const { environment } = accounts
  const ended = await deps.db.transaction(tx => endSessions(tx, environment, which, why))
  if (ended.length > 0) await deps.ended(environment, ended)
  return ended
}
