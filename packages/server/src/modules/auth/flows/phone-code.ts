import type { SessionReply } from '@cloudbox/protocol/auth'
import type { Tx } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { checkCode, codeLifeSeconds, makeCode, type CodeOf } from '../one-time/six-digits.ts'
import { openSession } from '../sessions/open-session.ts'
import { addUser, askBeforeSignUp } from '../users/add-user.ts'
import { refuseUnless, type Flow } from './flow.ts'
import { linkInvalid } from './prove-email.ts'

interface KnownUser extends Record<string, unknown> {
  readonly id: string
  readonly locale: string | null
}

/** Sends six digits to a phone that sign in. The answer is the same for every number. */
export async function sendPhoneCode(flow: Flow, phone: string, mayCreateUser: boolean): Promise<void> {
  const { deps, accounts } = flow
  refuseUnless(accounts, 'phoneCode')
  await deps.db.transaction(async tx => {
    const user = await findUser(flow, tx, phone)
    if (user === undefined && !mayCreateUser)
      return deps.mailer.pretend(tx, accounts.environment, 'phone-code')
    await sendCode(flow, tx, { purpose: 'phone-code', address: phone }, { phone, user })
  })
}

/** Signs in with a code from a message. @throws Problem `auth/link-invalid`, `auth/locked-out` */
export async function verifyPhoneCode(flow: Flow, phone: string, typed: string): Promise<SessionReply> {
  const { deps, accounts, visitor } = flow
  refuseUnless(accounts, 'phoneCode')
  const code = await checkCode(flow, { purpose: 'phone-code', address: phone }, typed)
  return deps.db.transaction(async tx => {
    await code.take(tx)
    const userId = await provePhone(flow, tx, phone, code.userId)
    return openSession(tx, accounts, { userId, methods: ['phone-code'] }, visitor)
  })
}

/** The number has proved to be the user's; who has none gets an account. */
async function provePhone(flow: Flow, tx: Tx, phone: string, userId: string | undefined): Promise<string> {
  const { accounts, visitor } = flow
  const known = await findUser(flow, tx, phone)
  // The number went to another account since.
  if (userId !== undefined && userId !== known?.id) throw linkInvalid()
  if (known !== undefined) {
    await tx.query(sql`
      update ${id(accounts.environment.schema, 'users')} set "phoneVerified" = true
      where id = ${known.id} and not "phoneVerified"`)
    return known.id
  }
  refuseUnless(accounts, 'signUp')
  const granted = await askBeforeSignUp(accounts, { email: null, phone, name: null, method: 'phone' })
  const made = await addUser(tx, accounts, { email: null, phone, granted, ip: visitor.ip })
  // Somebody signed up with it this very moment: the code stays good for another try.
  if (made === undefined) throw linkInvalid()
  return made
}

/** Sends six digits to a phone. */
export async function sendCode(
  { deps, accounts, visitor }: Flow,
  tx: Tx,
  of: CodeOf,
  { phone, user }: { readonly phone: string; readonly user: KnownUser | undefined },
): Promise<void> {
  const code = await makeCode(tx, accounts, of, user?.id)
  await deps.mailer.enqueue(tx, accounts.environment, {
    to: phone,
    kind: 'phone-code',
    languages: [user?.locale, visitor.languages],
    variables: { code, expiresInSeconds: codeLifeSeconds },
  })
}

async function findUser({ accounts }: Flow, tx: Tx, phone: string): Promise<KnownUser | undefined> {
  const [user] = await tx.query<KnownUser>(
    sql`select id, locale from ${id(accounts.environment.schema, 'users')} where phone = ${phone}`,
  )
  return user
}
