import { authProblems, type User } from '@cloudbox/protocol/auth'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { toUser, userJson } from '../users/user-row.ts'
import type { Flow, SignedIn } from './flow.ts'

/** The user who asks. @throws Problem `auth/session-ended` when he was removed meanwhile */
export async function findSelf({ deps, accounts }: Flow, { userId }: SignedIn): Promise<User> {
  const [row] = await deps.db.query<{ user: string }>(
    sql`select ${userJson} as user from ${id(accounts.environment.schema, 'users')} u where u.id = ${userId}`,
  )
  if (row === undefined) throw new Problem(authProblems['session-ended'], 'The account was removed.')
  return toUser(row.user)
}
