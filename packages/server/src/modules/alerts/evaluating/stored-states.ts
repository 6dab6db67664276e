import type { AlertCondition, Severity } from '@cloudbox/protocol/alerts'
import type { Queryable } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import type { RuleState } from '../judging/advance.ts'
import { defaultMinBad, defaultMinCount } from '../judging/judge-burn-rate.ts'

/** How a rule stands, as it is kept. */
export interface StoredState {
  readonly environmentId: string
  readonly ruleId: string
  /** Of what was judged. */
  readonly condition: string
  readonly state: RuleState
  readonly value: number | null
  readonly at: number
  readonly incidentId: string | null
  /** When somebody was last told that it fires. */
  readonly toldAt: number | null
  /** How urgent it was called then. */
  readonly toldSeverity: Severity | null
}

interface Row extends Record<string, unknown> {
  readonly state: string
}

/** How the rules of an environment stand, or those of all. */
export async function readStates(db: Queryable, environmentId?: string): Promise<StoredState[]> {
  const ofOne = environmentId === undefined ? sql`` : sql`where environment_id = ${environmentId}`
  const rows = await db.query<Row & Omit<StoredState, 'state'>>(sql`
    select environment_id::text as "environmentId", rule_id as "ruleId", condition, state::text as state, value,
      extract(epoch from at)::float8 * 1000 as at, incident_id::text as "incidentId",
      extract(epoch from told_at)::float8 * 1000 as "toldAt", told_severity as "toldSeverity"
    from cloudbox.alerts_states ${ofOne}`)
  return rows.map(row => ({ ...row, state: JSON.parse(row.state) as RuleState }))
}

export async function saveStates(db: Queryable, states: readonly StoredState[]): Promise<void> {
  if (states.length === 0) return
  const rows = states.map(({ at, toldAt, ...state }) => ({
    ...state,
    at: new Date(at),
    toldAt: toldAt === null ? null : new Date(toldAt),
  }))
  await db.query(sql`
    insert into cloudbox.alerts_states (environment_id, rule_id, condition, state, value, at, incident_id, told_at, told_severity)
    select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as given ("environmentId" uuid, "ruleId" text,
      condition text, state jsonb, value float8, at timestamptz, "incidentId" bigint, "toldAt" timestamptz,
      "toldSeverity" text)
    on conflict (environment_id, rule_id) do update set condition = excluded.condition, state = excluded.state,
      value = excluded.value, at = excluded.at, incident_id = excluded.incident_id, told_at = excluded.told_at,
      told_severity = excluded.told_severity`)
}

export async function removeState(
  db: Queryable,
  { environmentId, ruleId }: Pick<StoredState, 'environmentId' | 'ruleId'>,
): Promise<void> {
  await db.query(sql`
    delete from cloudbox.alerts_states where environment_id = ${environmentId} and rule_id = ${ruleId}`)
}

/** What makes two conditions the same: what is left out is what it is unless told, and the order of members says nothing. */
export function conditionKey(condition: AlertCondition): string {
  const unlessTold =
    condition.kind === 'burn-rate'
      ? { minCount: defaultMinCount, minBad: defaultMinBad }
      : { of: 'request', minCount: 0, noData: 'ok' }
  const whole = Object.entries({ ...unlessTold, ...condition })
  return JSON.stringify(whole.sort(([a], [b]) => (a < b ? -1 : 1)))
}
