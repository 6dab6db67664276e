import { authProblems, type SessionReply } from '@cloudbox/protocol/auth'
import type { Queryable } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { Flow, SignedIn } from '../flows/flow.ts'
import { sessionReply } from '../sessions/open-session.ts'
import { toUser, userJson } from '../users/user-row.ts'

/**
 * The user has shown a second factor: his session is a stronger one from now on, and stays the same otherwise.
 * @throws Problem `auth/session-ended`
 */
export async function raiseSession(
  { accounts }: Flow,
  tx: Queryable,
  { sessionId, userId }: SignedIn,
  method: string,
): Promise<SessionReply> {
  const { schema } = accounts.environment
  const [row] = await tx.query<{
    counter: number
    methods: string
    impersonated_by: string | null
    user: string
  }>(sql`
    update ${id(schema, 'auth_sessions')} s set aal = 2, proved_at = now(),
      methods = case when ${method} = any (s.methods) then s.methods else s.methods || ${method}::text end
    from ${id(schema, 'users')} u
    where s.id = ${sessionId} and s.user_id = ${userId} and u.id = s.user_id and s.revoked_at is null
      and s.ends_at > now() and (s.idle_ends_at is null or s.idle_ends_at > now())
      and (u."bannedUntil" is null or u."bannedUntil" <= now())
    returning s.counter, to_json(s.methods)::text as methods, s.impersonated_by, ${userJson} as user`)
  if (row === undefined)
    throw new Problem(authProblems['session-ended'], 'The session of this token has ended.')
  const session = {
    id: sessionId,
    aal: 2,
    methods: JSON.parse(row.methods) as string[],
    impersonatedBy: row.impersonated_by,
  }
  return sessionReply(accounts, toUser(row.user), session, row.counter)
}
