import type { AlertCondition, Severity } from '@cloudbox/protocol/alerts'
import type { Queryable } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import type { RuleState } from '../judging/advance.ts'

type Firing = Extract<RuleState, { phase: 'firing' }>

/** Begins an incident; gives its id. */
export async function openIncident(
  tx: Queryable,
  rule: {
    readonly environmentId: string
    readonly id: string
    readonly name: string
    readonly condition: AlertCondition
  },
  { since, firedAt, peak, severity }: Firing,
): Promise<string> {
  const [row] = await tx.query<{ id: string }>(sql`
    insert into cloudbox.alerts_incidents (environment_id, rule_id, name, condition, severity, began_at, fired_at, peak)
    values (${rule.environmentId}, ${rule.id}, ${rule.name}, ${JSON.stringify(rule.condition)}::jsonb, ${severity},
      ${new Date(since)}::timestamptz, ${new Date(firedAt)}::timestamptz, ${peak}::float8)
    returning id::text as id`)
  return row!.id
}

export async function worsenIncident(
  tx: Queryable,
  id: string,
  { peak, severity }: { readonly peak: number; readonly severity: Severity },
): Promise<void> {
  await tx.query(sql`
    update cloudbox.alerts_incidents set peak = ${peak}::float8, severity = ${severity} where id = ${id}::bigint`)
}

export async function closeIncident(
  tx: Queryable,
  id: string,
  at: number,
  ended: 'resolved' | 'rule-changed',
): Promise<void> {
  await tx.query(sql`
    update cloudbox.alerts_incidents set ended_at = greatest(fired_at, ${new Date(at)}::timestamptz), ended = ${ended}
    where id = ${id}::bigint and ended_at is null`)
}
