import type { WatchGap } from '@cloudbox/protocol/alerts'
import type { Queryable } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'

/** Longer than that without judging is a gap. */
const patienceMs = 60_000

/** How the watcher is. */
export interface WatchState {
  readonly evaluatedAt: number | null
  readonly heartbeatAt: number | null
  readonly heartbeatFailure: string | null
}

export async function readWatch(db: Queryable): Promise<WatchState> {
  const [row] = await db.query<WatchState & Record<string, unknown>>(sql`
    select extract(epoch from evaluated_at)::float8 * 1000 as "evaluatedAt",
      extract(epoch from heartbeat_at)::float8 * 1000 as "heartbeatAt", heartbeat_failure as "heartbeatFailure"
    from cloudbox.alerts_watch`)
  return row ?? { evaluatedAt: null, heartbeatAt: null, heartbeatFailure: null }
}

/** What was judged at a time that has not come was judged before the clock was set back. */
export function isAlive({ evaluatedAt }: Pick<WatchState, 'evaluatedAt'>, now: number): boolean {
  return evaluatedAt !== null && Math.abs(now - evaluatedAt) <= patienceMs
}

/** The rules were judged. Where that was not done for a while before, it is written down. */
export async function noteEvaluation(db: Queryable, before: number | null, at: number): Promise<void> {
  if (before !== null && at - before > patienceMs)
    await db.query(sql`
      insert into cloudbox.alerts_gaps (from_at, to_at)
      values (${new Date(before)}::timestamptz, ${new Date(at)}::timestamptz) on conflict do nothing`)
  await db.query(sql`
    insert into cloudbox.alerts_watch (evaluated_at) values (${new Date(at)}::timestamptz)
    on conflict (one) do update set evaluated_at = excluded.evaluated_at`)
}

export async function noteHeartbeat(db: Queryable, at: number, failure: string | null): Promise<void> {
  await db.query(
    failure === null
      ? sql`update cloudbox.alerts_watch set heartbeat_at = ${new Date(at)}::timestamptz, heartbeat_failure = null`
      : sql`update cloudbox.alerts_watch set heartbeat_failure = ${failure}`,
  )
}

/** Gaps since a time, the newest first. */
export function readGaps(db: Queryable, since: number, to: number): Promise<WatchGap[]> {
  return db.query<WatchGap & Record<string, unknown>>(sql`
    select extract(epoch from from_at)::float8 * 1000 as from, extract(epoch from to_at)::float8 * 1000 as to
    from cloudbox.alerts_gaps where to_at >= ${new Date(since)}::timestamptz and from_at < ${new Date(to)}::timestamptz
    order by to_at desc limit 100`)
}
