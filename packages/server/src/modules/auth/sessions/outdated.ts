import type { Environment } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import { defineEvent } from '../../../kernel/events.ts'

/** What tokens say of a user is not true any more: those made before are refused as expired, and renewed. */
export const userOutdated = defineEvent<{ environmentId: string; userId: string; atMs: number }>(
  'auth.user-outdated',
)

/** Says so with the commit. */
export async function outdateUser(tx: Tx, { id }: Pick<Environment, 'id'>, userId: string): Promise<void> {
  await tx.emit(userOutdated, { environmentId: id, userId, atMs: Date.now() })
}
