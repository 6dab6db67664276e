import type { Tx } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { audit } from '../audit.ts'
import { forgetFailures } from '../abuse/lock-out.ts'
import { makeToken, redeemToken } from '../one-time/one-time-token.ts'
import type { ChangeEmailData } from './change-user.ts'
import type { ExchangeData } from './exchange.ts'
import type { Flow } from './flow.ts'
import type { SignInLinkData } from './mail-link.ts'
import { withQuery } from './redirects.ts'
import { linkInvalid, proveEmail } from './prove-email.ts'
import type { VerifyEmailData } from './sign-up.ts'

/** How a session that began with a mailed link was proved. */
const methods = {
  'verify-email': 'email-link',
  'magic-link': 'email-link',
  recover: 'recovery',
  invite: 'email-link',
} as const

type LinkData = SignInLinkData & Partial<VerifyEmailData> & Partial<ChangeEmailData>

/**
 * What a mailed link does, once its page asks for it (a scanner of mails only opens links).
 * @returns where to go, with a one-time code; null when nobody said
 * @throws Problem `auth/link-invalid`
 */
export async function confirm(flow: Flow, token: string): Promise<string | null> {
  const { deps, accounts } = flow
  const { environment } = accounts
  const ended: string[] = []
  let forgiven: string | undefined
  const redirectTo = await deps.db.transaction(async tx => {
    const purposes = ['verify-email', 'magic-link', 'recover', 'invite', 'change-email'] as const
    const link = await redeemToken<LinkData>(tx, environment, purposes, token)
    if (link === undefined) throw linkInvalid()
    if (link.purpose === 'change-email') return changeEmail(flow, tx, link.userId!, link.data)
    const purpose = link.purpose as keyof typeof methods
    const { userId, sessionIds } = await proveEmail(
      flow,
      tx,
      link.userId,
      link.data,
      purpose === 'verify-email',
    )
    ended.push(...sessionIds)
    // Who owns the address is not the one who guessed.
    if (purpose === 'recover') forgiven = link.data.email
    const { redirectTo, codeChallenge } = link.data
    if (redirectTo === null) return null
    const data: ExchangeData = { methods: [methods[purpose]], codeChallenge }
    const code = await makeToken(tx, environment, { purpose: 'exchange', userId, data })
    return withQuery(redirectTo, { code, ...(purpose === 'recover' ? { type: 'recovery' } : {}) })
  })
  if (forgiven !== undefined) await forgetFailures(flow.guard, forgiven)
  if (ended.length > 0) await deps.ended(environment, ended)
  return redirectTo
}

async function changeEmail(
  { deps, accounts, visitor }: Flow,
  tx: Tx,
  userId: string,
  { newEmail, redirectTo }: LinkData,
): Promise<string | null> {
  const { environment } = accounts
  const users = id(environment.schema, 'users')
  const [before] = await tx.query<{ email: string | null; locale: string | null; taken: boolean }>(sql`
    select email, locale, exists (select from ${users} where email = ${newEmail}) as taken
    from ${users} where id = ${userId} for update`)
  if (before === undefined || before.taken) throw linkInvalid()
  await tx.query(sql`
    update ${users} set email = ${newEmail}, "emailVerified" = true, "isAnonymous" = false where id = ${userId}`)
  await audit(tx, environment, {
    action: 'user.email-changed',
    userId,
    actor: userId,
    details: { from: before.email, to: newEmail },
  })
  if (before.email !== null)
    await deps.mailer.enqueue(tx, accounts.environment, {
      to: before.email,
      kind: 'email-changed',
      languages: [before.locale, visitor.languages],
      variables: { newEmail: newEmail!, atMs: accounts.clock.now() },
    })
  return redirectTo
}
