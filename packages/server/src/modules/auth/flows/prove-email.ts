import { authProblems } from '@cloudbox/protocol/auth'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { audit } from '../audit.ts'
import { endSessions } from '../sessions/revocations.ts'
import { addUser, askBeforeSignUp } from '../users/add-user.ts'
import { refuseUnless, type Flow } from './flow.ts'
import { storePassword } from './sign-up.ts'

/** What may have been put into an account by somebody else, before its address was proved. */
const waysOfStrangers = [
  'auth_identities',
  'auth_passkeys',
  'auth_factors',
  'auth_backup_codes',
  'auth_one_time_tokens',
] as const

/**
 * The address has proved to be the user's. Whatever somebody else may have put into the account before that (a password, a
 * social login, an open session) goes: it could be the thief of an address who waited for its owner.
 * @param passwordHash the password of the sign-up whose link this is: it counts from now on
 * @param isSignUp the link is one of a sign-up: it is of no use once the account is its owner's
 */
export async function proveEmail(
  flow: Flow,
  tx: Tx,
  userId: string | undefined,
  { email, passwordHash }: { readonly email: string; readonly passwordHash?: string | null },
  isSignUp: boolean,
): Promise<{ userId: string; sessionIds: string[] }> {
  const { environment } = flow.accounts
  const { schema } = environment
  const users = id(schema, 'users')
  const [known] = await tx.query<{ id: string; verified: boolean }>(sql`
    select id, "emailVerified" as verified from ${users} where email = ${email} for update`)
  if (known === undefined) {
    if (userId !== undefined) throw linkInvalid()
    refuseUnless(flow.accounts, 'signUp')
    const granted = await askBeforeSignUp(flow.accounts, { email, name: null, method: 'email' })
    const account = { email, emailVerified: true, granted, ip: flow.visitor.ip }
    const made = await addUser(tx, flow.accounts, account)
    // Somebody signed up with it this very moment: the link stays good for another try.
    if (made === undefined) throw linkInvalid()
    return { userId: made, sessionIds: [] }
  }
  // The address went to another account since.
  if (userId !== undefined && userId !== known.id) throw linkInvalid()
  if (known.verified) {
    // The account is its owner's already: a sign-up of before must not bring its password in.
    if (isSignUp) throw linkInvalid()
    return { userId: known.id, sessionIds: [] }
  }
  await tx.query(sql`
    update ${users} set "emailVerified" = true, "isAnonymous" = false, phone = null, "phoneVerified" = false
    where id = ${known.id}`)
  // Links, codes and sign-ins that were begun, too: with one to another address he could come back.
  for (const table of waysOfStrangers)
    await tx.query(sql`delete from ${id(schema, table)} where user_id = ${known.id}`)
  const sessionIds = await endSessions(tx, environment, sql`user_id = ${known.id}`, 'email-verified')
  if (passwordHash == null)
    await tx.query(sql`delete from ${id(schema, 'auth_passwords')} where user_id = ${known.id}`)
  else await storePassword(tx, schema, known.id, passwordHash)
  await audit(tx, environment, { action: 'user.email-verified', userId: known.id, actor: known.id })
  return { userId: known.id, sessionIds }
}

/** Links and codes are refused in one way, whatever is wrong with them. */
export function linkInvalid(): Problem {
  return new Problem(authProblems['link-invalid'], 'It was used before, is too old or never was one.')
}
