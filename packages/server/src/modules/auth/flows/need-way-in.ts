import { authProblems } from '@cloudbox/protocol/auth'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { Flow } from './flow.ts'

/**
 * After a way into the account was taken away: there has to be another, or its user is locked out for good.
 * @throws Problem `auth/last-way-in`
 */
export async function needWayIn(
  { deps, accounts }: Flow,
  tx: Tx,
  userId: string,
  detail: string,
): Promise<void> {
  const { environment, settings } = accounts
  const { schema } = environment
  const [canMail, canMessage] = await Promise.all([
    isReady(deps.mailer.checkReady(environment)),
    isReady(deps.messenger.checkReady(environment)),
  ])
  const mails = canMail && (settings.magicLink || settings.emailCode)
  const messages = canMessage && settings.phoneCode
  const [user] = await tx.query(sql`
    select from ${id(schema, 'users')} u where u.id = ${userId} and (
      exists (select from ${id(schema, 'auth_identities')} i where i.user_id = u.id)
      or ${settings.password} and exists (select from ${id(schema, 'auth_passwords')} p where p.user_id = u.id)
      or ${settings.passkeys} and exists (select from ${id(schema, 'auth_passkeys')} k where k.user_id = u.id)
      or ${mails} and u.email is not null and u."emailVerified"
      or ${messages} and u.phone is not null and u."phoneVerified")`)
  if (user === undefined) throw new Problem(authProblems['last-way-in'], detail)
}

function isReady(check: Promise<void>): Promise<boolean> {
  return check.then(
    () => true,
    () => false,
  )
}
