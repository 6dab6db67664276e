import { setTimeout } from 'node:timers/promises'
import type { Environment } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { inStructure, type StructureDeps } from '../collections/in-structure.ts'
import type { RunningChange } from '../collections/running-change.ts'
import { loadStored, type StoredCollection } from '../collections/stored.ts'
import { notePlan } from './applied-plans.ts'
import { checkPlan } from './check-plan.ts'
import { authored } from './export-structure.ts'
import { toStructure } from './fold-step.ts'
import { PlanRun } from './plan-run.ts'
import type { Restores } from './restores.ts'
import type { StructureStep } from './structure-step.ts'

/** What is to be done, decided once nobody else can change the structure. */
export interface DecidedPlan {
  readonly steps: readonly StructureStep[]
  readonly restores?: Restores
  readonly undoOf?: string
}

/** A plan that has been applied. */
export interface PlanOutcome {
  /** For undoing it. */
  readonly id: string
  readonly steps: readonly StructureStep[]
}

/** Writes more in the transaction of the plan; it is called again when the plan has to be tried again. */
export type RecordPlan = (tx: Tx, outcome: PlanOutcome) => Promise<void>

/** How often a plan tries to get hold of the tables. */
const attempts = 3

/**
 * Runs a whole plan in one transaction, or nothing of it.
 * @throws Problem that names the step it was at
 */
export async function runPlan(
  deps: StructureDeps,
  environment: Environment,
  decide: (tx: Tx, stored: ReadonlyMap<string, StoredCollection>) => Promise<DecidedPlan>,
  record?: RecordPlan,
): Promise<PlanOutcome> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryPlan(deps, environment, decide, record)
    } catch (error) {
      const isBusy = error instanceof Problem && error.code === 'data/collection-busy'
      if (!isBusy || attempt === attempts) throw error
      // Whoever waits behind us gets his turn.
      await setTimeout(200 * attempt * (1 + Math.random()))
    }
  }
}

async function tryPlan(
  deps: StructureDeps,
  environment: Environment,
  decide: Parameters<typeof runPlan>[2],
  record: RecordPlan | undefined,
): Promise<PlanOutcome> {
  let steps: readonly StructureStep[] = []
  let at: number | undefined
  const place = () => (at === undefined ? environment.name : steps[at]!.collection)
  try {
    const run = async (change: RunningChange): Promise<PlanOutcome> => {
      const stored = await loadStored(change.tx, environment.schema)
      const decided = await decide(change.tx, stored)
      steps = decided.steps
      const structure = toStructure([...stored.values()].map(authored))
      checkPlan(structure, steps, change, step => (at = step))
      at = undefined
      const id = await notePlan(change.tx, environment.schema, steps, decided.undoOf)
      const running = new PlanRun(structure, steps, id, decided.restores)
      await running.begin(change)
      for (at = 0; at < steps.length; at++) await running.step(change)
      at = undefined
      await running.end(change)
      if (steps.some(({ kind }) => kind === 'create-collection'))
        await deps.stream.publish(change.tx, environment.schema)
      return { id, steps }
    }
    return await inStructure(deps, environment, { place, run, ...(record && { record }) })
  } catch (error) {
    throw at === undefined ? error : atStep(error, at, steps[at]!)
  }
}

/** The same problem, told with the step it came from. */
export function atStep(error: unknown, index: number, { sentence }: StructureStep): unknown {
  if (!(error instanceof Problem)) return error
  const { kind, message, hint, errors, headers } = error
  return new Problem(kind, `Step ${index + 1} (${sentence.replace(/\.$/, '')}): ${message}`, {
    hint,
    errors: errors?.map(detail => ({
      ...detail,
      at: `/steps/${index}${detail.at.startsWith('/') ? '' : '/'}${detail.at}`,
    })) ?? [{ at: `/steps/${index}`, message }],
    headers,
    cause: error,
  })
}
