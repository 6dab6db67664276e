import type { SessionReply } from '@cloudbox/protocol/auth'
import { checkCode, codeLifeSeconds, makeCode } from '../one-time/six-digits.ts'
import { openSession } from '../sessions/open-session.ts'
import { normalEmail } from '../users/user-row.ts'
import { refuseUnless, type Flow } from './flow.ts'
import { findUser } from './mail-link.ts'
import { proveEmail } from './prove-email.ts'

const purpose = 'email-code'

/** Mails six digits that sign in. A new code replaces the one before. */
export async function sendEmailCode(flow: Flow, address: string, mayCreateUser: boolean): Promise<void> {
  const { deps, accounts, visitor } = flow
  refuseUnless(accounts, 'emailCode')
  const email = normalEmail(address)
  await deps.db.transaction(async tx => {
    const user = await findUser(tx, flow, email)
    if (user === undefined && !mayCreateUser) return deps.mailer.pretend(tx, accounts.environment)
    const code = await makeCode(tx, accounts, { purpose, address: email }, user?.id)
    await deps.mailer.enqueue(tx, accounts.environment, {
      to: email,
      kind: 'email-code',
      languages: [user?.locale, visitor.languages],
      variables: { code, expiresInSeconds: codeLifeSeconds },
    })
  })
}

/** Signs in with a code. @throws Problem `auth/link-invalid`, `auth/locked-out` */
export async function verifyEmailCode(flow: Flow, address: string, typed: string): Promise<SessionReply> {
  const { deps, accounts, visitor } = flow
  refuseUnless(accounts, 'emailCode')
  const email = normalEmail(address)
  const code = await checkCode(flow, { purpose, address: email }, typed)
  const { session, sessionIds } = await deps.db.transaction(async tx => {
    await code.take(tx)
    const proved = await proveEmail(flow, tx, code.userId, { email }, false)
    const way = { userId: proved.userId, methods: ['email-code'] }
    return { session: await openSession(tx, accounts, way, visitor), sessionIds: proved.sessionIds }
  })
  if (sessionIds.length > 0) await deps.ended(accounts.environment, sessionIds)
  return session
}
