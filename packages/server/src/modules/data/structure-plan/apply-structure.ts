import { isDeepStrictEqual } from 'node:util'
import { dataProblems } from '@cloudbox/protocol/data'
import type { Environment } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { StructureDeps } from '../collections/in-structure.ts'
import { versionsOf } from './export-structure.ts'
import { runPlan, type PlanOutcome, type RecordPlan } from './run-plan.ts'
import type { StructureStep } from './structure-step.ts'

/** A plan and the structure it was made for. */
export interface StructurePlan {
  readonly steps: readonly StructureStep[]
  /** As they were exported when the plan was made. */
  readonly versions: Readonly<Record<string, number>>
}

/**
 * Carries a plan out: all of it in one transaction, or nothing. Everyone is told after the commit.
 * @throws Problem `data/structure-changed`, or what is wrong with one step, with its number
 */
export async function applyStructure(
  deps: StructureDeps,
  environment: Environment,
  { steps, versions }: StructurePlan,
  record?: RecordPlan,
): Promise<PlanOutcome> {
  return runPlan(
    deps,
    environment,
    async (_tx, stored) => {
      const now = versionsOf(stored.values())
      if (!isDeepStrictEqual(now, { ...versions })) throw structureChanged(now, versions)
      return { steps }
    },
    record,
  )
}

function structureChanged(now: StructurePlan['versions'], planned: StructurePlan['versions']): Problem {
  const names = [...new Set([...Object.keys(now), ...Object.keys(planned)])]
  const changed = names.filter(name => now[name] !== planned[name]).toSorted()
  return new Problem(
    dataProblems['structure-changed'],
    `The structure has changed since the plan was made: ${changed.join(', ')}.`,
    { errors: changed.map(name => ({ at: name, message: 'is not what the plan was made for' })) },
  )
}
