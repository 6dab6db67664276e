import { randomUUID } from 'node:crypto'
import { authProblems, type SessionReply, type User } from '@cloudbox/protocol/auth'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { Accounts } from '../accounts.ts'
import { accountUsed } from '../count-events.ts'
import { signAccessToken, type TokenSession } from '../tokens/access-token.ts'
import { writeRefreshToken } from '../tokens/refresh-token.ts'
import { toUser, userJson } from '../users/user-row.ts'
import { endSessions } from './revocations.ts'
import type { Visitor } from './visitor.ts'

export interface NewSession {
  readonly userId: string
  /** How the user proved himself. */
  readonly methods: readonly string[]
  readonly aal?: 1 | 2
  readonly impersonatedBy?: string
}

/** Opens a session for a user who has proved to be one. @throws Problem `auth/banned` */
export async function openSession(
  tx: Tx,
  accounts: Accounts,
  { userId, methods, aal = 1, impersonatedBy }: NewSession,
  { ip, userAgent }: Visitor,
): Promise<SessionReply> {
  const { environment, settings } = accounts
  const { schema } = environment
  const sessionId = randomUUID()
  const { sessionSeconds, sessionIdleSeconds, singleSession } = settings
  if (singleSession && impersonatedBy === undefined)
    await endSessions(tx, environment, sql`user_id = ${userId} and impersonated_by is null`, 'single-session')
  const [row] = await tx.query<{ user: string }>(sql`
    with u as (
      update ${id(schema, 'users')} set "lastSignInAt" = case when ${impersonatedBy === undefined} then now() else "lastSignInAt" end
      where id = ${userId} returning *
    ), opened as (
      insert into ${id(schema, 'auth_sessions')}
        (id, user_id, ends_at, idle_ends_at, aal, methods, user_agent, ip, impersonated_by)
      select ${sessionId}, u.id, now() + make_interval(secs => ${sessionSeconds}),
        case when ${sessionIdleSeconds}::int > 0 then now() + make_interval(secs => ${sessionIdleSeconds}) end,
        ${aal}, ${methods}::text[], ${userAgent ?? null}, ${ip}::inet, ${impersonatedBy ?? null}
      from u where u."bannedUntil" is null or u."bannedUntil" <= now()
    )
    select ${userJson} as user from u`)
  if (row === undefined) throw new Problem(authProblems['session-ended'], 'The account was removed.')
  const user = toUser(row.user)
  refuseBanned(user, accounts.clock.now())
  await accounts.hooks.beforeSignIn.ask({ environment, user, methods })
  if (impersonatedBy === undefined)
    await tx.emit(accountUsed, { environmentId: environment.id, event: 'signed-in' })
  const session = { id: sessionId, aal, methods, impersonatedBy: impersonatedBy ?? null }
  return sessionReply(accounts, user, session, 0)
}

/** Tokens of a session, as they are answered. */
export async function sessionReply(
  { keys, issuer, environment, settings, refreshKey, hooks, clock }: Accounts,
  user: User,
  session: TokenSession,
  counter: number,
): Promise<SessionReply> {
  const extra = await hooks.customClaims.ask({ environment, user, session })
  const { accessTokenSeconds } = settings
  const { token, expiresAtMs } = signAccessToken(user, session, {
    key: keys.active,
    issuer,
    environmentId: environment.id,
    lifeSeconds: accessTokenSeconds,
    nowMs: clock.now(),
    provedEmailOnly: settings.verifyEmail,
    extra: Object.assign({}, ...extra) as Record<string, unknown>,
  })
  return {
    accessToken: token,
    refreshToken: writeRefreshToken(refreshKey, { sessionId: session.id, counter }),
    expiresAt: new Date(expiresAtMs).toISOString(),
    expiresInSeconds: accessTokenSeconds,
    user,
  }
}

function refuseBanned({ bannedUntil }: User, nowMs: number): void {
  if (bannedUntil === null || Date.parse(bannedUntil) <= nowMs) return
  throw new Problem(authProblems.banned, `The account is suspended until ${bannedUntil}.`)
}
