import { authProblems, type User, type UserChange } from '@cloudbox/protocol/auth'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, join, sql, type Sql } from '../../../kernel/sql.ts'
import { audit } from '../audit.ts'
import { countAttempt, forgetFailures } from '../abuse/lock-out.ts'
import { isFreshlyProved } from '../factors/need-fresh-proof.ts'
import { needSecondFactor, refuseImpersonated } from '../factors/need-second-factor.ts'
import { lifeOf, makeToken } from '../one-time/one-time-token.ts'
import { endSessions } from '../sessions/revocations.ts'
import { normalEmail } from '../users/user-row.ts'
import { findSelf } from './find-self.ts'
import type { Flow, SignedIn } from './flow.ts'
import { askNewPhone, guardPhone, removePhone } from './change-phone.ts'
import { allowedRedirect } from './redirects.ts'
import { storePassword } from './sign-up.ts'

/** What the link to a new address knows. */
export interface ChangeEmailData {
  readonly newEmail: string
  readonly redirectTo: string | null
}

/**
 * Changes what a user may change about himself. A new address counts once its link was opened; a new password ends all
 * other sessions.
 */
export async function changeUser(
  flow: Flow,
  self: SignedIn,
  { email, phone, password, currentPassword, redirectTo, ...profile }: UserChange,
): Promise<{ user: User; confirmationSent: boolean }> {
  const { deps, accounts } = flow
  const { environment, settings } = accounts
  const before = await findSelf(flow, self)
  const wanted = email === undefined ? undefined : normalEmail(email)
  const newEmail = wanted === before.email ? undefined : wanted
  const redirect = allowedRedirect(settings, environment, redirectTo) ?? null
  const base = newEmail === undefined ? '' : deps.linkBase(environment, flow.visitor.origin)
  if (newEmail !== undefined || password !== undefined) {
    refuseImpersonated(self)
    await needSecondFactor(flow, deps.db, self)
    await proveOwner(flow, self, before, { currentPassword, setsPassword: password !== undefined })
  }
  const newPhone = phone === before.phone ? undefined : phone
  if (newPhone !== undefined) await guardPhone(flow, self, newPhone)
  let passwordHash: string | undefined
  if (password !== undefined) {
    await deps.checkPassword(password, settings, newEmail ?? before.email)
    passwordHash = await deps.hasher.hash(password)
  }
  let ended: string[] = []
  await deps.db.transaction(async tx => {
    await changeProfile(tx, environment.schema, self.userId, profile)
    if (newPhone === null) await removePhone(flow, tx, self)
    else if (newPhone !== undefined) await askNewPhone(flow, tx, before, newPhone)
    if (newEmail !== undefined) await askNewEmail(flow, tx, before, { newEmail, redirectTo: redirect }, base)
    if (passwordHash !== undefined) {
      await storePassword(tx, environment.schema, self.userId, passwordHash)
      ended = await endSessions(
        tx,
        environment,
        sql`user_id = ${self.userId} and id <> ${self.sessionId}`,
        'password-changed',
      )
      await tellPasswordChanged(flow, tx, before)
    }
  })
  if (ended.length > 0) await deps.ended(environment, ended)
  const user = await findSelf(flow, self)
  const isAsked = newPhone != null || (newEmail !== undefined && user.email !== newEmail)
  return { user, confirmationSent: isAsked }
}

interface OwnerProof {
  readonly currentPassword: string | undefined
  /** With his own password somebody could come back for good: for that a fresh sign-in alone is not enough. */
  readonly setsPassword: boolean
}

/** A stolen open tab must not be enough to take an account over. */
async function proveOwner(
  flow: Flow,
  self: SignedIn,
  { email, isAnonymous }: User,
  { currentPassword, setsPassword }: OwnerProof,
): Promise<void> {
  // Nothing but his session shows who he is.
  if (isAnonymous) return
  const { deps, accounts, guard } = flow
  const [row] = await deps.db.query<{ hash: string }>(sql`
    select hash from ${id(accounts.environment.schema, 'auth_passwords')} where user_id = ${self.userId}`)
  if (currentPassword !== undefined && row !== undefined) {
    const account = email ?? self.userId
    // Guessing here is guessing there: the same count.
    await countAttempt(guard, account)
    if ((await deps.hasher.verify(row.hash, currentPassword)).isRight) return forgetFailures(guard, account)
    throw new Problem(authProblems['wrong-credentials'], 'The current password is wrong.')
  }
  const isEnough = !setsPassword || row === undefined || self.methods.includes('recovery')
  if (isEnough && (await isFreshlyProved(flow, deps.db, self))) return
  throw new Problem(authProblems['step-up-needed'], 'This needs the current password.', {
    hint: setsPassword
      ? 'Send currentPassword, or sign in by a mailed link (POST /v1/auth/recover) first.'
      : 'Send currentPassword, or sign in again and do it within ten minutes.',
  })
}

async function changeProfile(
  tx: Tx,
  schema: string,
  userId: string,
  { name, avatarUrl, metadata, locale }: Pick<UserChange, 'name' | 'avatarUrl' | 'metadata' | 'locale'>,
): Promise<void> {
  const sets: Sql[] = []
  if (name !== undefined) sets.push(sql`name = ${name}`)
  if (avatarUrl !== undefined) sets.push(sql`"avatarUrl" = ${avatarUrl}`)
  if (locale !== undefined) sets.push(sql`locale = ${locale}`)
  if (metadata !== undefined)
    sets.push(sql`metadata = ${metadata === null ? null : JSON.stringify(metadata)}::jsonb`)
  if (sets.length > 0)
    await tx.query(sql`update ${id(schema, 'users')} set ${join(sets)} where id = ${userId}`)
}

async function askNewEmail(
  { deps, accounts, visitor }: Flow,
  tx: Tx,
  before: User,
  data: ChangeEmailData,
  base: string,
): Promise<void> {
  const { environment, settings } = accounts
  const { newEmail } = data
  const users = id(environment.schema, 'users')
  const [taken] = await tx.query(sql`select from ${users} where email = ${newEmail}`)
  const sent = { to: newEmail, languages: [before.locale, visitor.languages] }
  if (!settings.verifyEmail) {
    if (taken !== undefined) throw new Problem(authProblems['account-exists'], 'This address has an account.')
    await tx.query(sql`
      update ${users} set email = ${newEmail}, "emailVerified" = false, "isAnonymous" = false where id = ${before.id}`)
    const details = { from: before.email, to: newEmail }
    await audit(tx, environment, {
      action: 'user.email-changed',
      userId: before.id,
      actor: before.id,
      details,
    })
  } else if (taken !== undefined) {
    const variables = { link: data.redirectTo ?? new URL(base).origin }
    await deps.mailer.enqueue(tx, accounts.environment, { ...sent, kind: 'already-registered', variables })
  } else {
    const token = await makeToken(tx, environment, {
      purpose: 'change-email',
      userId: before.id,
      data,
      replaces: true,
    })
    const variables = { link: `${base}/confirm?token=${token}`, expiresInSeconds: lifeOf('change-email') }
    await deps.mailer.enqueue(tx, accounts.environment, { ...sent, kind: 'change-email', variables })
  }
}

async function tellPasswordChanged({ deps, accounts, visitor }: Flow, tx: Tx, user: User): Promise<void> {
  await audit(tx, accounts.environment, {
    action: 'user.password-changed',
    userId: user.id,
    actor: user.id,
    ip: visitor.ip,
  })
  if (user.email === null || !user.emailVerified) return
  await deps.mailer.enqueue(tx, accounts.environment, {
    to: user.email,
    kind: 'password-changed',
    languages: [user.locale, visitor.languages],
    variables: { atMs: accounts.clock.now() },
  })
}
