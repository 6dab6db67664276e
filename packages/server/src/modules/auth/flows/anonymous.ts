import type { SessionReply } from '@cloudbox/protocol/auth'
import { openSession } from '../sessions/open-session.ts'
import { addUser, askBeforeSignUp } from '../users/add-user.ts'
import { refuseUnless, type Flow } from './flow.ts'

/** Makes an account without credentials. It becomes a real one when an address (PATCH /user) or an identity is added. */
export async function signInAnonymously({ deps, accounts, visitor }: Flow): Promise<SessionReply> {
  refuseUnless(accounts, 'anonymous')
  refuseUnless(accounts, 'signUp')
  const granted = await askBeforeSignUp(accounts, { email: null, name: null, method: 'anonymous' })
  return deps.db.transaction(async tx => {
    const userId = await addUser(tx, accounts, { email: null, isAnonymous: true, granted, ip: visitor.ip })
    return openSession(tx, accounts, { userId: userId!, methods: ['anonymous'] }, visitor)
  })
}
