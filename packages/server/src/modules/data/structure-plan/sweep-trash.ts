import { systemClock, type Clock } from '../../../kernel/clock.ts'
import type { Environment } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import type { Log } from '../../../kernel/log.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { discard } from './trash.ts'

/** How often expired trash is looked for: it was kept for days. */
const everyMs = 3_600_000
/** Removed at once at most; the rest has its turn the next time. */
const maxEntries = 100

/** Removes what has been in the trash for long enough. Another process that does the same is not waited for. */
export async function sweepTrash(db: Database, { schema }: Pick<Environment, 'schema'>): Promise<number> {
  for (let swept = 0; swept < maxEntries; swept++) {
    const isMore = await db.transaction(async tx => {
      const [expired] = await tx.query<{ id: string }>(sql`
        select id from ${id(schema, 'data_trash')} where expires_at <= now()
        order by id limit 1 for update skip locked`)
      if (expired !== undefined) await discard(tx, schema, Number(expired.id))
      return expired !== undefined
    })
    if (!isMore) return swept
  }
  return maxEntries
}

/** Sweeps the trash of all environments from time to time, and when the time jumps. Returns the way to stop. */
export function sweepPeriodically(
  { db, log, clock = systemClock }: { readonly db: Database; readonly log: Log; readonly clock?: Clock },
  environments: () => readonly Environment[],
): () => Promise<void> {
  let sweeping = Promise.resolve()
  const sweep = async (): Promise<void> => {
    for (const environment of environments())
      await sweepTrash(db, environment).catch((error: unknown) =>
        log.warn('data.trash-not-swept', { environment: environment.id, message: String(error) }),
      )
  }
  const sweepNext = () => (sweeping = sweeping.then(sweep))
  const timer = setInterval(sweepNext, everyMs).unref()
  const hearNothing = clock.onJump(sweepNext)
  return async () => {
    clearInterval(timer)
    hearNothing()
    await sweeping
  }
}
