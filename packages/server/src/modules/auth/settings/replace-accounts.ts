import type { Environment } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { endSessions } from '../sessions/revocations.ts'
import { accountsChanged } from './settings.ts'

/** Nobody signs in, rotates keys or changes settings while the environment gets another content. */
export async function leaveAccounts(tx: Tx, { schema }: Environment): Promise<void> {
  const tables = ['auth_settings', 'auth_signing_keys', 'auth_sessions', 'auth_audit']
  await tx.script(`lock table ${tables.map(name => id(schema, name).parts[0]!).join(', ')} in exclusive mode`)
}

/** How many sessions are ended with one message. */
const sessionsAtOnce = 10_000

/**
 * What is no part of a snapshot goes on: the keys tokens are signed with (one that was taken out of use for a reason must
 * not come back), and the log of what happened to accounts. All sessions end, and stay known as ended.
 */
export async function takeOverAccounts(
  tx: Tx,
  { environment, kept }: { readonly environment: Environment; readonly kept: Environment },
): Promise<void> {
  const present = (name: string) => id(environment.schema, name)
  const before = (name: string) => id(kept.schema, name)
  for (;;) {
    const some = sql`id in (select id from ${before('auth_sessions')}
      where revoked_at is null and ends_at > now() limit ${sessionsAtOnce})`
    if ((await endSessions(tx, kept, some, 'restored')).length < sessionsAtOnce) break
  }
  await tx.query(
    sql`insert into ${present('auth_signing_keys')} select * from ${before('auth_signing_keys')}`,
  )
  // Users of today need not be among those of the snapshot.
  await tx.query(sql`
    insert into ${present('auth_sessions')} (id, created_at, ends_at, methods, revoked_at, revoked_why)
    select id, created_at, ends_at, methods, revoked_at, revoked_why from ${before('auth_sessions')}
    where revoked_at > now() - interval '1 day'`)
  const columns = sql`at, action, user_id, actor, ip, details`
  await tx.query(sql`
    insert into ${present('auth_audit')} (${columns})
    select ${columns} from ${before('auth_audit')} order by id`)
  await tx.emit(accountsChanged, { environmentId: environment.id })
}
