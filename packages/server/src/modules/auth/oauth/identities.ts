import { authProblems, type Identity } from '@cloudbox/protocol/auth'
import type { Database } from '../../../kernel/db.ts'
import type { Environment } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { audit } from '../audit.ts'
import { needSecondFactor, refuseImpersonated } from '../factors/need-second-factor.ts'
import { needWayIn } from '../flows/need-way-in.ts'
import type { Flow, SignedIn } from '../flows/flow.ts'

/** The identities of a user, oldest first. */
export async function listIdentities(
  db: Database,
  { schema }: Environment,
  userId: string,
): Promise<Identity[]> {
  const rows = await db.query<Omit<Identity, 'createdAt' | 'lastUsedAt'> & { created: Date; used: Date }>(sql`
    select id, provider, subject, email, created_at as created, last_used_at as used
    from ${id(schema, 'auth_identities')} where user_id = ${userId} order by created_at, id`)
  return rows.map(({ created, used, ...identity }) => ({
    ...identity,
    createdAt: new Date(created).toISOString(),
    lastUsedAt: new Date(used).toISOString(),
  }))
}

/**
 * Takes an identity from the user who asks.
 * @throws Problem `auth/identity-not-found`, `auth/last-way-in`
 */
export async function unlinkIdentity(flow: Flow, self: SignedIn, identityId: string): Promise<void> {
  const { deps, accounts, visitor } = flow
  const { userId } = self
  refuseImpersonated(self)
  await needSecondFactor(flow, deps.db, self)
  const { environment } = accounts
  const { schema } = environment
  await deps.db.transaction(async tx => {
    // One at a time: two last ones must not go together.
    await tx.query(sql`select from ${id(schema, 'users')} where id = ${userId} for update`)
    const [gone] = await tx.query<{ provider: string; subject: string }>(sql`
      delete from ${id(schema, 'auth_identities')}
      where user_id = ${userId} and id::text = ${identityId} returning provider, subject`)
    if (gone === undefined)
      throw new Problem(authProblems['identity-not-found'], 'No identity of yours has this id.')
    await needWayIn(flow, tx, userId, 'This identity is the only way into the account.')
    await audit(tx, environment, {
      action: 'identity.unlinked',
      userId,
      actor: userId,
      ip: visitor.ip,
      details: gone,
    })
  })
}
