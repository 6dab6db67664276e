import { id, sql } from '../../../kernel/sql.ts'
import { actorText, type AdminFlow } from '../admin/admin-flow.ts'
import { holdUserById } from '../admin/users.ts'
import { tellFactorChanged } from './tell-factor-changed.ts'

/** Takes all second factors from a user who has lost them: he signs in with the first alone again. */
export async function resetFactors(flow: AdminFlow, wantedId: string): Promise<void> {
  const { deps, accounts, author } = flow
  const { schema } = accounts.environment
  await deps.db.transaction(async tx => {
    const { id: userId } = await holdUserById(flow, tx, wantedId)
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
      actor: actorText(author.actor),
      details,
    })
    await author.record(tx, { action: 'factors.reset', subject: userId, before: details })
  })
}
