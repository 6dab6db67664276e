import type { SessionReply } from '@cloudbox/protocol/auth'
import type { Tx } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { deviceName } from '../sessions/device-name.ts'
import type { Flow } from './flow.ts'

/** Mails a user who has just signed in with a program that none of his sessions before was opened with. */
export async function tellNewDevice(
  { deps, accounts, visitor }: Flow,
  tx: Tx,
  { user }: SessionReply,
): Promise<void> {
  if (user.email === null || !user.emailVerified) return
  const [row] = await tx.query<{ sessions: string; same: string }>(sql`
    select count(*) as sessions, count(*) filter (where user_agent is not distinct from ${visitor.userAgent ?? null}) as same
    from (
      select user_agent from ${id(accounts.environment.schema, 'auth_sessions')}
      where user_id = ${user.id} order by created_at desc limit 100
    ) known`)
  // The session just opened is one of them.
  if (Number(row!.sessions) < 2 || Number(row!.same) > 1) return
  const { browser, system } = deviceName(visitor.userAgent ?? null)
  await deps.mailer.enqueue(tx, accounts.environment, {
    to: user.email,
    kind: 'new-device',
    languages: [user.locale, visitor.languages],
    variables: {
      device: [browser, system].filter(Boolean).join(', ') || undefined,
      place: deps.findPlace(visitor.ip) ?? undefined,
      atMs: accounts.clock.now(),
    },
  })
}
