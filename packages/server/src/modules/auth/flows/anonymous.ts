import type { SessionReply } from '@cloudbox/protocol/auth'
import { id, sql } from '../../../kernel/sql.ts'
import { openSession } from '../sessions/open-session.ts'
import { refuseUnless, type Flow } from './flow.ts'

/** Makes an account without credentials. It becomes a real one when an address (PATCH /user) or an identity is added. */
export async function signInAnonymously({ deps, accounts, visitor }: Flow): Promise<SessionReply> {
  refuseUnless(accounts, 'anonymous')
  refuseUnless(accounts, 'signUp')
  return deps.db.transaction(async tx => {
    const [user] = await tx.query<{ id: string }>(
      sql`insert into ${id(accounts.environment.schema, 'users')} ("isAnonymous") values (true) returning id`,
    )
    return openSession(tx, accounts, { userId: user!.id, methods: ['anonymous'] }, visitor)
  })
}
