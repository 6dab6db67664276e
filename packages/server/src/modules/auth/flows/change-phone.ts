import { authProblems, type User } from '@cloudbox/protocol/auth'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { guardWaysIn } from '../factors/need-fresh-proof.ts'
import { holdUser, needSecondFactor, refuseImpersonated } from '../factors/need-second-factor.ts'
import { tellFactorChanged } from '../factors/tell-factor-changed.ts'
import { checkCode, type CodeOf } from '../one-time/six-digits.ts'
import { outdateUser } from '../sessions/outdated.ts'
import { findSelf } from './find-self.ts'
import { refuseUnless, type Flow, type SignedIn } from './flow.ts'
import { needWayIn } from './need-way-in.ts'
import { sendCode } from './phone-code.ts'

/** A phone is a way in: whether the user may add one now, or (null) take his away. */
export async function guardPhone(flow: Flow, self: SignedIn, phone: string | null): Promise<void> {
  if (phone === null) {
    refuseImpersonated(self)
    return needSecondFactor(flow, flow.deps.db, self)
  }
  refuseUnless(flow.accounts, 'phoneCode')
  await guardWaysIn(flow, flow.deps.db, self)
}

/** Sends a code to a number that a user says is his; with it {@link changePhone} adds it. */
export async function askNewPhone(flow: Flow, tx: Tx, user: User, phone: string): Promise<void> {
  await sendCode(flow, tx, changeOf(user.id, phone), { phone, user })
}

/** Adds a number with the code that was sent to it. @throws Problem `auth/link-invalid`, `auth/account-exists` */
export async function changePhone(
  flow: Flow,
  self: SignedIn,
  { phone, code: typed }: { readonly phone: string; readonly code: string },
): Promise<User> {
  const { deps, accounts } = flow
  const { userId } = self
  const { environment } = accounts
  const users = id(environment.schema, 'users')
  await guardPhone(flow, self, phone)
  const code = await checkCode(flow, changeOf(userId, phone), typed)
  await deps.db.transaction(async tx => {
    await code.take(tx)
    await holdUser(flow, tx, userId)
    const changed = await tx.query(sql`
      update ${users} set phone = ${phone}, "phoneVerified" = true, "isAnonymous" = false
      where id = ${userId} and not exists (select from ${users} where phone = ${phone} and id <> ${userId})
      returning id`)
    // He has the phone in his hand: it is no secret from him.
    if (changed.length === 0)
      throw new Problem(authProblems['account-exists'], 'Another account has this phone number.')
    await outdateUser(tx, flow.accounts, userId)
    await tellFactorChanged(flow, tx, { userId, factor: 'phone', change: 'added' })
  })
  return findSelf(flow, self)
}

/** Takes a user's number away. @throws Problem `auth/last-way-in` */
export async function removePhone(flow: Flow, tx: Tx, { userId }: SignedIn): Promise<void> {
  const { environment } = flow.accounts
  await holdUser(flow, tx, userId)
  await tx.query(sql`
    update ${id(environment.schema, 'users')} set phone = null, "phoneVerified" = false where id = ${userId}`)
  await needWayIn(flow, tx, userId, 'This phone is the only way into the account.')
  await outdateUser(tx, flow.accounts, userId)
  await tellFactorChanged(flow, tx, { userId, factor: 'phone', change: 'removed' })
}

function changeOf(userId: string, phone: string): CodeOf {
  return { purpose: 'phone-change', address: `${userId} ${phone}` }
}
