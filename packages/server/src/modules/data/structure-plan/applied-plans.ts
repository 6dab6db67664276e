import type { Queryable } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { StructureStep } from './structure-step.ts'

/** A plan that was applied to an environment. */
export interface AppliedPlan {
  readonly id: string
  readonly steps: readonly StructureStep[]
  /** As Postgres writes it. */
  readonly appliedAt: string
  /** The plan it took back. */
  readonly undoOf: string | null
  /** The plan that took it back. */
  readonly undoneBy: string | null
}

export async function notePlan(
  tx: Queryable,
  schema: string,
  steps: readonly StructureStep[],
  undoOf: string | null = null,
): Promise<string> {
  const [row] = await tx.query<{ id: string }>(sql`
    insert into ${id(schema, 'data_structure_plans')} (steps, undo_of)
    values (${JSON.stringify(steps)}, ${undoOf}::uuid) returning id`)
  if (undoOf !== null)
    await tx.query(
      sql`update ${id(schema, 'data_structure_plans')} set undone_by = ${row!.id}::uuid where id = ${undoOf}::uuid`,
    )
  return row!.id
}

export async function findPlan(
  tx: Queryable,
  schema: string,
  plan: string,
): Promise<AppliedPlan | undefined> {
  const [row] = await tx.query<Omit<AppliedPlan, 'steps'> & { readonly steps: string }>(sql`
    select id, steps, applied_at::text as "appliedAt", undo_of as "undoOf", undone_by as "undoneBy"
    from ${id(schema, 'data_structure_plans')} where id::text = ${plan}`)
  return row === undefined ? undefined : { ...row, steps: JSON.parse(row.steps) as StructureStep[] }
}
