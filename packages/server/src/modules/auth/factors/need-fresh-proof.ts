import { authProblems } from '@cloudbox/protocol/auth'
import type { Queryable } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { Flow, SignedIn } from '../flows/flow.ts'
import { needSecondFactor, refuseImpersonated } from './need-second-factor.ts'

/** A sign-in, or a second factor, this fresh needs no second look. */
const freshSeconds = 600

/**
 * Whoever has found an open tab, or a token, must not add ways into the account that stay when the tab is closed.
 * @throws Problem `auth/step-up-needed`
 */
export async function needFreshProof(flow: Flow, db: Queryable, self: SignedIn): Promise<void> {
  if (await isFreshlyProved(flow, db, self)) return
  throw new Problem(authProblems['step-up-needed'], 'The last sign-in of this session is too long ago.', {
    hint: 'Sign in again, or verify a second factor, and do it within ten minutes.',
  })
}

/**
 * Before a way into the account is added: only by the user himself, with what his account has to offer.
 * @throws Problem `auth/step-up-needed`, `auth/not-as-somebody-else`
 */
export async function guardWaysIn(flow: Flow, db: Queryable, self: SignedIn): Promise<void> {
  refuseImpersonated(self)
  await needSecondFactor(flow, db, self)
  // An anonymous user cannot sign in again.
  if (!self.methods.includes('anonymous')) await needFreshProof(flow, db, self)
}

/** Whether the user has just proved to be himself. */
export async function isFreshlyProved(
  { accounts }: Flow,
  db: Queryable,
  { sessionId }: SignedIn,
): Promise<boolean> {
  const rows = await db.query(sql`
    select from ${id(accounts.environment.schema, 'auth_sessions')}
    where id = ${sessionId} and proved_at > now() - make_interval(secs => ${freshSeconds})`)
  return rows.length > 0
}
