import { authProblems } from '@cloudbox/protocol/auth'
import type { Passkey } from '@cloudbox/protocol/auth-passkeys'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { holdUser, needSecondFactor, refuseImpersonated } from '../factors/need-second-factor.ts'
import { tellFactorChanged } from '../factors/tell-factor-changed.ts'
import type { Flow, SignedIn } from '../flows/flow.ts'
import { needWayIn } from '../flows/need-way-in.ts'
import { passkeyJson, toPasskey } from './passkey-row.ts'

/** The passkeys of a user, the oldest first. */
export async function listPasskeys(
  { deps, accounts }: Flow,
  { userId }: Pick<SignedIn, 'userId'>,
): Promise<Passkey[]> {
  const rows = await deps.db.query<{ passkey: string }>(sql`
    select ${passkeyJson} as passkey from ${id(accounts.environment.schema, 'auth_passkeys')} p
    where user_id = ${userId} order by p.created_at, p.id`)
  return rows.map(row => toPasskey(row.passkey))
}

/** @throws Problem `auth/factor-not-found` */
export async function renamePasskey(
  { deps, accounts }: Flow,
  { userId }: SignedIn,
  passkeyId: string,
  name: string | null,
): Promise<Passkey> {
  const [row] = await deps.db.query<{ passkey: string }>(sql`
    update ${id(accounts.environment.schema, 'auth_passkeys')} p set name = ${name}
    where p.id::text = ${passkeyId} and p.user_id = ${userId} returning ${passkeyJson} as passkey`)
  if (row === undefined) throw notFound()
  return toPasskey(row.passkey)
}

/** @throws Problem `auth/factor-not-found`, `auth/last-way-in` */
export async function removePasskey(flow: Flow, self: SignedIn, passkeyId: string): Promise<void> {
  const { deps, accounts } = flow
  const { userId } = self
  refuseImpersonated(self)
  await deps.db.transaction(async tx => {
    await holdUser(flow, tx, userId)
    await needSecondFactor(flow, tx, self)
    const gone = await tx.query(sql`
      delete from ${id(accounts.environment.schema, 'auth_passkeys')}
      where id::text = ${passkeyId} and user_id = ${userId} returning id`)
    if (gone.length === 0) throw notFound()
    await needWayIn(flow, tx, userId, 'This passkey is the only way into the account.')
    await tellFactorChanged(flow, tx, {
      userId,
      factor: 'passkey',
      change: 'removed',
      details: { passkeyId },
    })
  })
}

function notFound(): Problem {
  return new Problem(authProblems['factor-not-found'], 'No passkey of yours has this id.')
}
