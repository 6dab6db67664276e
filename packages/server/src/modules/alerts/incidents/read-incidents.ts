import type { AlertCondition, Incident, Notice } from '@cloudbox/protocol/alerts'
import type { Queryable } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import { readActiveSilences, silenceOf } from '../silences/stored-silences.ts'

export interface IncidentFilter {
  readonly environmentId: string
  readonly isFiring?: boolean
  /** Older than this one. */
  readonly before?: string | undefined
  readonly limit: number
}

type Row = Omit<Incident, 'notices' | 'condition' | 'isSilenced'> & { condition: string; notices: string }

/** Incidents of an environment with whom they were told, the newest first. */
export async function readIncidents(
  db: Queryable,
  { environmentId, isFiring = false, before, limit }: IncidentFilter,
  now: number,
): Promise<Incident[]> {
  const rows = await db.query<Row & Record<string, unknown>>(sql`
    select i.id::text as id, rule_id as rule, i.name, condition::text as condition, severity,
      extract(epoch from began_at)::float8 * 1000 as "beganAt", extract(epoch from fired_at)::float8 * 1000 as "firedAt",
      extract(epoch from ended_at)::float8 * 1000 as "endedAt", ended, peak,
      coalesce((
        select json_agg(json_build_object('kind', n.kind, 'channel', c.name, 'channelKind', c.kind, 'state', n.state,
          'at', extract(epoch from n.at)::float8 * 1000,
          'deliveredAt', extract(epoch from n.delivered_at)::float8 * 1000, 'attempts', n.attempts,
          'reason', n.reason) order by n.at, n.id)
        from cloudbox.alerts_notices n left join cloudbox.alerts_channels c on c.id = n.channel_id
        where n.incident_id = i.id), '[]')::text as notices
    from cloudbox.alerts_incidents i
    where environment_id = ${environmentId} and (not ${isFiring}::boolean or ended_at is null)
      and (${before ?? null}::bigint is null or i.id < ${before ?? null}::bigint)
    order by i.id desc limit ${limit}::int`)
  const silences = await readActiveSilences(db, now, environmentId)
  return rows.map(({ condition, notices, ...row }) => ({
    ...row,
    condition: JSON.parse(condition) as AlertCondition,
    isSilenced: silenceOf(silences, environmentId, row.rule) !== undefined,
    notices: (JSON.parse(notices) as Notice[]).map(roundTimes),
  }))
}

/** JSON of Postgres tells a time with the digits of its fractions. */
function roundTimes(notice: Notice): Notice {
  const { at, deliveredAt } = notice
  return {
    ...notice,
    at: Math.round(at),
    deliveredAt: deliveredAt === null ? null : Math.round(deliveredAt),
  }
}
