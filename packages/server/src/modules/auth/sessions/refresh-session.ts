import { authProblems, type SessionReply } from '@cloudbox/protocol/auth'
import type { Database } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { Accounts } from '../accounts.ts'
import { audit } from '../audit.ts'
import { readRefreshToken, type RefreshTicket } from '../tokens/refresh-token.ts'
import { toUser, userJson } from '../users/user-row.ts'
import { sessionReply } from './open-session.ts'
import { endSessions } from './revocations.ts'
import type { Visitor } from './visitor.ts'

/**
 * For this long the token just used gives the same successor again: an answer may have been lost, and two tabs may have
 * asked at the same time.
 */
const graceSeconds = 10

interface SessionRow extends Record<string, unknown> {
  readonly counter: number
  readonly aal: number
  readonly methods: string
  readonly impersonated_by: string | null
  readonly user: string
}

/** Every session that has ended in some other way than by being revoked. */
const stillOpen = sql`s.ends_at > now() and (s.idle_ends_at is null or s.idle_ends_at > now())`
const shown = sql`s.counter, s.aal, to_json(s.methods)::text as methods, s.impersonated_by, ${userJson} as user`

/**
 * Gives the next pair of tokens for a refresh token: one statement when all is well. A token used before ends the session,
 * for then somebody else has it, too.
 * @param ended called with the session that was ended, once that is committed
 * @throws Problem `auth/refresh-token-invalid`, `auth/refresh-token-reused`, `auth/session-ended`
 */
export async function refreshSession(
  db: Database,
  accounts: Accounts,
  token: string,
  { ip, userAgent }: Visitor,
  ended: (sessionIds: readonly string[]) => Promise<void>,
): Promise<SessionReply> {
  const { environment, settings, refreshKey } = accounts
  const { schema } = environment
  const ticket = readRefreshToken(refreshKey, token)
  if (ticket === undefined)
    throw new Problem(authProblems['refresh-token-invalid'], 'It is not a refresh token of this environment.')
  const idleSeconds = settings.sessionIdleSeconds
  const [row] = await db.query<SessionRow>(sql`
    update ${id(schema, 'auth_sessions')} s set counter = s.counter + 1, refreshed_at = now(),
      ip = ${ip}::inet, user_agent = coalesce(${userAgent ?? null}, s.user_agent),
      idle_ends_at = case when ${idleSeconds}::int > 0 then now() + make_interval(secs => ${idleSeconds}) end
    from ${id(schema, 'users')} u
    where s.id = ${ticket.sessionId} and s.counter = ${ticket.counter} and s.revoked_at is null and ${stillOpen}
      and u.id = s.user_id and (u."bannedUntil" is null or u."bannedUntil" <= now())
    returning ${shown}`)
  const found = row ?? (await findSuccessor(db, accounts, ticket, ended))
  const session = {
    id: ticket.sessionId,
    aal: found.aal,
    methods: JSON.parse(found.methods) as string[],
    impersonatedBy: found.impersonated_by,
  }
  return sessionReply(accounts, toUser(found.user), session, found.counter)
}

async function findSuccessor(
  db: Database,
  { environment }: Accounts,
  { sessionId, counter }: RefreshTicket,
  ended: (sessionIds: readonly string[]) => Promise<void>,
): Promise<SessionRow> {
  const sessions = id(environment.schema, 'auth_sessions')
  const [row] = await db.query<SessionRow & { is_fresh: boolean; is_open: boolean }>(sql`
    select ${shown}, s.refreshed_at > now() - make_interval(secs => ${graceSeconds}) as is_fresh,
      s.revoked_at is null and ${stillOpen} and (u."bannedUntil" is null or u."bannedUntil" <= now()) as is_open
    from ${sessions} s join ${id(environment.schema, 'users')} u on u.id = s.user_id where s.id = ${sessionId}`)
  if (row === undefined || !row.is_open)
    throw new Problem(authProblems['session-ended'], 'The session of this refresh token has ended.')
  if (row.counter === counter + 1 && row.is_fresh) return row
  // A database restored from a backup knows less than its tokens.
  if (row.counter < counter)
    throw new Problem(authProblems['refresh-token-invalid'], 'It is newer than what is known of its session.')
  const sessionIds = await db.transaction(async tx => {
    const ids = await endSessions(tx, environment, sql`id = ${sessionId}`, 'refresh-token-reused')
    await audit(tx, environment, {
      action: 'session.refresh-token-reused',
      userId: toUser(row.user).id,
      actor: 'unknown',
      details: { sessionId, counter, expected: row.counter },
    })
    return ids
  })
  await ended(sessionIds)
  throw new Problem(authProblems['refresh-token-reused'], 'This refresh token had been exchanged before.')
}
