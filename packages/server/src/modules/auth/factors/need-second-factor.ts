import { authProblems } from '@cloudbox/protocol/auth'
import type { Queryable } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { Flow, SignedIn } from '../flows/flow.ts'

/**
 * Who has a second factor changes what guards his account only with it: a stolen password would be enough otherwise.
 * @throws Problem `auth/step-up-needed`
 */
export async function needSecondFactor(
  { accounts }: Flow,
  db: Queryable,
  { userId, aal }: Pick<SignedIn, 'userId' | 'aal'>,
): Promise<void> {
  if (aal >= 2 || !(await hasFactor(accounts.environment.schema, db, userId))) return
  throw new Problem(authProblems['step-up-needed'], 'This account has a second factor.', {
    hint: 'Verify it first: POST /v1/auth/factors/:id/verify.',
  })
}

/** Whether a user has a factor that counts. */
export async function hasFactor(schema: string, db: Queryable, userId: string): Promise<boolean> {
  const rows = await db.query(sql`
    select from ${id(schema, 'auth_factors')} where user_id = ${userId} and confirmed_at is not null limit 1`)
  return rows.length > 0
}

/** What guards an account is nobody's business but its user's. @throws Problem `auth/not-as-somebody-else` */
export function refuseImpersonated({ impersonatedBy }: SignedIn): void {
  if (impersonatedBy === undefined) return
  throw new Problem(authProblems['not-as-somebody-else'], 'An operator cannot change what guards an account.')
}

/**
 * Holds the user until the end of the transaction: what guards his account changes one step after the other.
 * @throws Problem `auth/session-ended` when he was removed meanwhile
 */
export async function holdUser({ accounts }: Flow, tx: Queryable, userId: string): Promise<void> {
  const rows = await tx.query(
    sql`select from ${id(accounts.environment.schema, 'users')} where id = ${userId} for update`,
  )
  if (rows.length === 0) throw new Problem(authProblems['session-ended'], 'The account was removed.')
}
