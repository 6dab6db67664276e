import type { NoticeKind, Severity } from '@cloudbox/protocol/alerts'
import type { Queryable } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import { mostOfChannel, mostOfEnvironment, type Places } from './places.ts'

/** A notice that is ours to send. */
export interface Leased {
  readonly id: string
  readonly channelId: string
  readonly kind: NoticeKind
  readonly at: number
  readonly attempts: number
  readonly mailId: string | null
  readonly incidentId: string
  readonly environmentId: string
  readonly ruleId: string
  readonly name: string
  readonly condition: string
  readonly severity: Severity
  readonly beganAt: number
  readonly firedAt: number
  readonly endedAt: number | null
  readonly ended: string | null
  readonly peak: number
}

const leaseMs = 60_000

/**
 * Takes what is due and has a place, several at once never the same: of an environment channels first over which the last
 * one arrived, and one after the other; of all those first who send the least.
 */
export async function leaseNotices(db: Queryable, places: Places): Promise<Leased[]> {
  // What the planner makes of it must not decide how many are taken: each step is done once.
  return db.query<Leased & Record<string, unknown>>(sql`
    with of_channels as (
      select id, environment_id, channel_id, due_at, row_number() over (partition by channel_id order by due_at, id)
        + coalesce((${places.ofChannels}::jsonb ->> channel_id::text)::int, 0) as place
      from cloudbox.alerts_notices where due_at <= now()),
    of_environments as (
      select n.id, n.due_at, row_number() over (partition by n.environment_id
          order by coalesce(c.failed_at > coalesce(c.delivered_at, '-infinity'), false), n.place, n.due_at, n.id)
        + coalesce((${places.ofEnvironments}::jsonb ->> n.environment_id::text)::int, 0) as place
      from of_channels n left join cloudbox.alerts_channels c on c.id = n.channel_id
      where n.place <= ${mostOfChannel}::int),
    chosen as materialized (
      select id from of_environments where place <= ${mostOfEnvironment}::int
      order by place, due_at limit ${places.free}::int),
    free as materialized (
      select id from cloudbox.alerts_notices where id in (select id from chosen) and due_at <= now()
      for update skip locked),
    leased as (
      update cloudbox.alerts_notices set attempts = attempts + 1, due_at = now() + ${leaseMs} * interval '1 ms'
      where id in (select id from free) returning *)
    select n.id::text as id, n.channel_id::text as "channelId", n.kind, extract(epoch from n.at)::float8 * 1000 as at,
      n.attempts, n.mail_id::text as "mailId", i.id::text as "incidentId", i.environment_id::text as "environmentId",
      i.rule_id as "ruleId", i.name, i.condition::text as condition, i.severity,
      extract(epoch from i.began_at)::float8 * 1000 as "beganAt",
      extract(epoch from i.fired_at)::float8 * 1000 as "firedAt",
      extract(epoch from i.ended_at)::float8 * 1000 as "endedAt", i.ended, i.peak
    from leased n join cloudbox.alerts_incidents i on i.id = n.incident_id`)
}

/** Milliseconds until the next one is due; undefined when none waits. */
export async function nextDueMs(db: Queryable): Promise<number | undefined> {
  const [row] = await db.query<{ ms: number | null }>(sql`
    select (extract(epoch from min(due_at) - now()) * 1000)::float8 as ms from cloudbox.alerts_notices
    where due_at is not null`)
  return row?.ms == null ? undefined : Math.max(0, row.ms)
}
