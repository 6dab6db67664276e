import { setTimeout as delay } from 'node:timers/promises'
import type { Queryable } from '../db.ts'
import { sql } from '../sql.ts'

/**
 * Resolves when queries see a commit that came in the change stream: the log is a little ahead of what can be seen.
 * @param xid the transaction's id, 64 bits
 */
export async function untilVisible(db: Queryable, xid: bigint): Promise<void> {
  for (let waitMs = 1; ; waitMs = Math.min(2 * waitMs, 1000)) {
    const [row] = await db.query<{ visible: boolean }>(
      sql`select pg_visible_in_snapshot(${String(xid)}::text::xid8, pg_current_snapshot()) as visible`,
    )
    if (row!.visible) return
    await delay(waitMs, undefined, { ref: false })
  }
}
