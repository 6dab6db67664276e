import { id, sql } from '../../../kernel/sql.ts'
import { findUserById } from '../admin/users.ts'
import type { Flow } from '../flows/flow.ts'
import { holdUser } from './need-second-factor.ts'
import { tellFactorChanged } from './tell-factor-changed.ts'

/** Takes all second factors from a user who has lost them: he signs in with the first alone again. */
export async function resetFactors(flow: Flow, wantedId: string): Promise<void> {
  const { deps, accounts } = flow
  const { schema } = accounts.environment
  const { id: userId } = await findUserById(flow, deps.db, wantedId)
  await deps.db.transaction(async tx => {
    await holdUser(flow, tx, userId)
    const removed = await tx.query(
      sql`delete from ${id(schema, 'auth_factors')} where user_id = ${userId} returning id`,
    )
    await tx.query(sql`delete from ${id(schema, 'auth_backup_codes')} where user_id = ${userId}`)
    if (removed.length === 0) return
    const details = { count: removed.length }
    await tellFactorChanged(flow, tx, {
      userId,
      factor: 'authenticator',
      change: 'removed',
      actor: 'secret-key',
      details,
    })
  })
}
