import type { Environment } from '../../../kernel/caller.ts'
import { openDatabase, type Tx } from '../../../kernel/db.ts'
import type { Log } from '../../../kernel/log.ts'
import type { StructureDeps } from '../collections/in-structure.ts'
import { exportStructure, type ExportedStructure } from './export-structure.ts'
import { lostValues, type LostValues } from './lost-values.ts'
import { runPlans, type PlanOutcome } from './run-plan.ts'
import type { StructureStep } from './structure-step.ts'
import { decideUndo } from './undo-structure.ts'

/** A change of many plans under way: nobody else changes the structure meanwhile. */
export interface StructureSession {
  /** For what is between plans. */
  readonly tx: Tx
  /** The structure as it is by now. */
  structure(): Promise<ExportedStructure>
  /** Carries out a plan that was made for the structure as it is. */
  apply(steps: readonly StructureStep[]): Promise<PlanOutcome>
  /** Values that no conversion was known for: fields are empty where they were. */
  lost(applied: PlanOutcome): Promise<LostValues[]>
  /** Takes a plan back. */
  undo(plan: string): Promise<PlanOutcome>
}

/**
 * Does work of several plans in one transaction, or nothing of it. Everyone is told after the commit.
 * @param work is called again when the tables were busy
 * @param record writes last in the transaction
 * @throws StepProblem for what is wrong with a step of one of the plans
 */
export async function changeStructure<T>(
  deps: StructureDeps,
  environment: Environment,
  work: (session: StructureSession) => Promise<T>,
  record?: (tx: Tx, done: T) => Promise<void>,
): Promise<T> {
  return runPlans(
    deps,
    environment,
    (tx, run) =>
      work({
        tx,
        structure: () => exportStructure(tx, environment),
        apply: steps => run(async () => ({ steps })),
        lost: applied => lostValues(tx, environment.schema, applied),
        undo: plan => run((_tx, stored) => decideUndo(tx, environment, stored, plan)),
      }),
    record,
  )
}

/** Statements of one migration may take as long as those of any other. */
const statementTimeoutMs = 300_000

/** Does work on a connection of its own, which ends with it: whatever the work leaves in its session is gone. */
export async function onOwnConnection<T>(
  deps: StructureDeps,
  log: Log,
  work: (deps: StructureDeps) => Promise<T>,
): Promise<T> {
  const options = { log, poolSize: 1, statementTimeoutMs, applicationName: 'cloudbox migration' }
  const alone = await openDatabase(deps.db.connection, options)
  try {
    return await work({ ...deps, db: alone })
  } finally {
    await alone.close()
  }
}
