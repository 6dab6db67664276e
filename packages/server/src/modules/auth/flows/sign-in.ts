import { authProblems, type SessionReply, type SignInRequest } from '@cloudbox/protocol/auth'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { countAttempt, forgetFailures } from '../abuse/lock-out.ts'
import { openSession } from '../sessions/open-session.ts'
import { normalEmail } from '../users/user-row.ts'
import { refuseUnless, type Flow } from './flow.ts'
import { tellNewDevice } from './tell-new-device.ts'
import { storePassword } from './sign-up.ts'

/**
 * Signs in with e-mail and password. An unknown address costs the same time and gets the same answer as a wrong password.
 * @throws Problem `auth/wrong-credentials`, `auth/email-not-verified`, `auth/banned`
 */
export async function signIn(flow: Flow, { email, password }: SignInRequest): Promise<SessionReply> {
  const { deps, accounts, visitor, guard } = flow
  refuseUnless(accounts, 'password')
  const { environment, settings } = accounts
  const { schema } = environment
  const account = normalEmail(email)
  await countAttempt(guard, account)
  const [found] = await deps.db.query<{ id: string; verified: boolean; hash: string | null }>(sql`
    select u.id, u."emailVerified" as verified, p.hash
    from ${id(schema, 'users')} u left join ${id(schema, 'auth_passwords')} p on p.user_id = u.id
    where u.email = ${account}`)
  if (found?.hash == null) {
    await deps.hasher.verifyNothing(password)
    throw wrongCredentials()
  }
  const { isRight, needsRehash } = await deps.hasher.verify(found.hash, password)
  if (!isRight) throw wrongCredentials()
  await forgetFailures(guard, account)
  if (settings.verifyEmail && !found.verified)
    throw new Problem(authProblems['email-not-verified'], 'This address has not been verified yet.')
  const fresh = needsRehash ? await deps.hasher.hash(password) : undefined
  return deps.db.transaction(async tx => {
    if (fresh !== undefined) await storePassword(tx, schema, found.id, fresh)
    const session = await openSession(tx, accounts, { userId: found.id, methods: ['password'] }, visitor)
    await tellNewDevice(flow, tx, session)
    return session
  })
}

function wrongCredentials(): Problem {
  return new Problem(authProblems['wrong-credentials'], 'No account has this e-mail address and password.')
}
