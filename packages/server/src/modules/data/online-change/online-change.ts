import type { Queryable } from '../../../kernel/db.ts'
import { id, sql, type Sql } from '../../../kernel/sql.ts'
import type { StructureStep } from '../structure-plan/structure-step.ts'

export type ChangeState = 'running' | 'paused' | 'failed' | 'done' | 'cancelled'

/**
 * What a change is at: new values are computed, some of them need help, the table is made ready, the new column takes
 * its place, the old values move to the trash.
 */
export type ChangePhase = 'backfill' | 'quarantined' | 'constraints' | 'contract' | 'archive'

/** The step an online change carries out. */
export type OnlineStep = Extract<StructureStep, { kind: 'change-field' | 'add-index' }>

/** A change that goes on beside reads and writes. */
export interface OnlineChange {
  readonly id: string
  readonly kind: OnlineStep['kind']
  readonly collection: string
  readonly field: string | null
  readonly index: string | null
  readonly step: OnlineStep
  readonly state: ChangeState
  readonly phase: ChangePhase
  readonly isCancelling: boolean
  readonly setsNull: boolean
  /** Documents there were when it began; null until they have been counted. */
  readonly rowsTotal: number | null
  readonly rowsDone: number
  readonly cursor: string | null
  readonly quarantined: number
  readonly error: string | null
  /** Once the new column has taken its place: for undoing it. */
  readonly plan: string | null
  readonly trash: number | null
  readonly startedAt: string
  readonly endedAt: string | null
}

type ChangeRow = Omit<OnlineChange, 'step'> & { readonly step: string; readonly [key: string]: unknown }

/** Whether a program outside of the database computes the values. */
export function isByClient({ step }: Pick<OnlineChange, 'step'>): boolean {
  return step.kind === 'change-field' && step.using !== undefined && 'client' in step.using
}

/** Changes that are not over hold their collection. */
export const openStates: readonly ChangeState[] = ['running', 'paused', 'failed']

export async function readChanges(db: Queryable, schema: string, which: Sql): Promise<OnlineChange[]> {
  const rows = await db.query<ChangeRow>(sql`
    select id::text as id, kind, collection, field, index_name as "index", step, state, phase,
      is_cancelling as "isCancelling", sets_null as "setsNull",
      rows_total::float8 as "rowsTotal", rows_done::float8 as "rowsDone", cursor,
      (select count(*)::float8 from ${id(schema, 'data_change_quarantine')} q where q.change = c.id) as quarantined,
      error, plan, trash::float8 as trash,
      to_json(started_at) #>> '{}' as "startedAt", to_json(ended_at) #>> '{}' as "endedAt"
    from ${id(schema, 'data_online_changes')} c where ${which} order by c.id`)
  return rows.map(row => ({ ...row, step: JSON.parse(row.step) as OnlineStep }))
}
