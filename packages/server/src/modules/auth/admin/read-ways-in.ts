import type { WaysIn } from '@cloudbox/protocol/auth-admin'
import { id, sql } from '../../../kernel/sql.ts'
import { listFactors } from '../factors/totp-factors.ts'
import type { Flow } from '../flows/flow.ts'
import { listIdentities } from '../oauth/identities.ts'
import { listPasskeys } from '../passkeys/own-passkeys.ts'
import { findUserById } from './users.ts'

/** What lets a user in. @throws Problem `auth/user-not-found` */
export async function readWaysIn(flow: Flow, wantedId: string): Promise<WaysIn> {
  const { db } = flow.deps
  const { environment } = flow.accounts
  const { id: userId } = await findUserById(flow, db, wantedId)
  const [passwords, identities, passkeys, factors] = await Promise.all([
    db.query(sql`select from ${id(environment.schema, 'auth_passwords')} where user_id = ${userId}`),
    listIdentities(db, environment, userId),
    listPasskeys(flow, { userId }),
    listFactors(flow, { userId }),
  ])
  return { password: passwords.length > 0, identities, passkeys, factors }
}
