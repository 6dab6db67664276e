import { authProblems, type SignUpReply, type SignUpRequest } from '@cloudbox/protocol/auth'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { lifeOf, makeToken } from '../one-time/one-time-token.ts'
import { openSession } from '../sessions/open-session.ts'
import { addUser, askBeforeSignUp } from '../users/add-user.ts'
import { normalEmail } from '../users/user-row.ts'
import { refuseUnless, type Flow } from './flow.ts'
import { allowedRedirect } from './redirects.ts'

/** What a verification link knows: with it, and not before, the password of this very sign-up counts. */
export interface VerifyEmailData {
  readonly email: string
  readonly passwordHash: string | null
  readonly redirectTo: string | null
  readonly codeChallenge: string | null
}

/**
 * Makes an account. Where addresses are verified, an address that has an account already gets the same answer in the same
 * time as one that has none: only its owner, by mail, learns that it has.
 */
export async function signUp(
  { deps, accounts, visitor }: Flow,
  { password, redirectTo, codeChallenge, ...body }: SignUpRequest,
): Promise<SignUpReply> {
  const { settings, environment } = accounts
  refuseUnless(accounts, 'signUp')
  refuseUnless(accounts, 'password')
  const email = normalEmail(body.email)
  await deps.checkPassword(password, settings, email)
  if (settings.verifyEmail) await deps.mailer.checkReady(environment)
  const redirect = allowedRedirect(settings, environment, redirectTo) ?? null
  const granted = await askBeforeSignUp(accounts, { email, name: body.name ?? null, method: 'password' })
  const base = deps.linkBase(environment, visitor.origin)
  // Before anybody looks whether the address is known: the time of an answer must not tell.
  const passwordHash = await deps.hasher.hash(password)

  return deps.db.transaction(async tx => {
    const added = await addUser(tx, accounts, { ...body, email, granted, ip: visitor.ip })
    const known = added === undefined ? await findUser(tx, environment.schema, email) : undefined
    const userId = (added ?? known?.id)!
    if (added !== undefined) await storePassword(tx, environment.schema, userId, passwordHash)
    const sent = { to: email, languages: [body.locale, visitor.languages] }
    if (!settings.verifyEmail) {
      if (known !== undefined)
        throw new Problem(authProblems['account-exists'], 'This address has an account.')
      const session = await openSession(tx, accounts, { userId, methods: ['password'] }, visitor)
      return { session, confirmationSent: false }
    }
    if (known?.verified === true) {
      const link = redirect ?? new URL(base).origin
      await deps.mailer.enqueue(tx, accounts.environment, {
        ...sent,
        kind: 'already-registered',
        variables: { link },
      })
    } else {
      // Two have signed up with it: which of them owns the address, and so which password counts, only a link can tell.
      if (known !== undefined) await forgetPassword(tx, environment.schema, userId)
      const data: VerifyEmailData = {
        email,
        passwordHash,
        redirectTo: redirect,
        codeChallenge: codeChallenge ?? null,
      }
      const token = await makeToken(tx, environment, { purpose: 'verify-email', userId, data })
      await deps.mailer.enqueue(tx, accounts.environment, {
        ...sent,
        kind: 'verify-email',
        variables: {
          link: `${base}/confirm?token=${token}`,
          expiresInSeconds: lifeOf('verify-email'),
        },
      })
    }
    return { session: null, confirmationSent: true }
  })
}

async function findUser(tx: Tx, schema: string, email: string): Promise<{ id: string; verified: boolean }> {
  const [known] = await tx.query<{ id: string; verified: boolean }>(
    sql`select id, "emailVerified" as verified from ${id(schema, 'users')} where email = ${email} for update`,
  )
  if (known === undefined) throw new Error('the account went while it was looked at')
  return known
}

async function forgetPassword(tx: Tx, schema: string, userId: string): Promise<void> {
  await tx.query(sql`delete from ${id(schema, 'auth_passwords')} where user_id = ${userId}`)
}

/** Sets the password of a user. */
export async function storePassword(tx: Tx, schema: string, userId: string, hash: string): Promise<void> {
  await tx.query(sql`
    insert into ${id(schema, 'auth_passwords')} (user_id, hash) values (${userId}, ${hash})
    on conflict (user_id) do update set hash = excluded.hash, changed_at = now()`)
}
