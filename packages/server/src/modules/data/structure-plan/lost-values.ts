import type { Queryable } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { typeChange } from '../collections/type-change.ts'
import type { PlanOutcome } from './run-plan.ts'
import type { StructureStep } from './structure-step.ts'
import { trashTable } from './trash.ts'

/** A field of whose values none became one of its new type. */
export interface LostValues {
  /** Step of the plan, from 0. */
  readonly step: number
  /** Documents that had a value. */
  readonly count: number
}

/** What a plan that was just applied has emptied because no conversion was known. It is in the trash. */
export async function lostValues(tx: Queryable, schema: string, plan: PlanOutcome): Promise<LostValues[]> {
  const lost: LostValues[] = []
  for (const [step, action] of plan.steps.entries()) {
    if (!isEmptied(action)) continue
    const [entry] = await tx.query<{ id: string }>(sql`
      select id from ${id(schema, 'data_trash')}
      where plan = ${plan.id}::uuid and step = ${step + 1} and kind = 'field'`)
    if (entry === undefined) continue
    const [row] = await tx.query<{ count: string }>(sql`
      select count(value) as count from ${id(schema, trashTable(Number(entry.id)))}`)
    if (row!.count !== '0') lost.push({ step, count: Number(row!.count) })
  }
  return lost
}

function isEmptied(action: StructureStep): boolean {
  if (action.kind !== 'change-field' || action.using !== undefined) return false
  const { before, after } = action
  if (before.computed !== undefined || after.computed !== undefined) return false
  return typeChange(before, after, '') === 'impossible'
}
