import type { Tx } from '../../../kernel/db.ts'
import { defineEvent } from '../../../kernel/events.ts'
import type { Accounts } from '../accounts.ts'

/** What tokens say of a user is not true any more: those made before are refused as expired, and renewed. */
export const userOutdated = defineEvent<{ environmentId: string; userId: string; atMs: number }>(
  'auth.user-outdated',
)

/** Says so with the commit. */
export async function outdateUser(
  tx: Tx,
  { environment, clock }: Pick<Accounts, 'environment' | 'clock'>,
  userId: string,
): Promise<void> {
  await tx.emit(userOutdated, { environmentId: environment.id, userId, atMs: clock.now() })
}
