import { setTimeout } from 'node:timers/promises'
import type { Environment } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { inStructure, type StructureDeps } from '../collections/in-structure.ts'
import { RunningChange } from '../collections/running-change.ts'
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

type Decide = (tx: Tx, stored: ReadonlyMap<string, StoredCollection>) => Promise<DecidedPlan>

/** A plan that has been applied. */
export interface PlanOutcome {
  /** For undoing it. */
  readonly id: string
  readonly steps: readonly StructureStep[]
}

/** Writes more in the transaction of the plan; it is called again when the plan has to be tried again. */
export type RecordPlan = (tx: Tx, outcome: PlanOutcome) => Promise<void>

/** What went wrong with one step of a plan. */
export class StepProblem extends Problem {
  /** From 0. */
  readonly step: number
  /** The problem without the step. */
  readonly inner: Problem

  constructor(inner: Problem, step: number, { sentence }: StructureStep) {
    const { kind, message, hint, errors, headers } = inner
    super(kind, `Step ${step + 1} (${sentence.replace(/\.$/, '')}): ${message}`, {
      hint,
      errors: errors?.map(detail => ({
        ...detail,
        at: `/steps/${step}${detail.at.startsWith('/') ? '' : '/'}${detail.at}`,
      })) ?? [{ at: `/steps/${step}`, message }],
      headers,
      cause: inner,
    })
    this.step = step
    this.inner = inner
  }
}

/** How often a plan tries to get hold of the tables. */
const attempts = 3

/**
 * Runs a whole plan in one transaction, or nothing of it.
 * @throws StepProblem that names the step it was at
 */
export function runPlan(
  deps: StructureDeps,
  environment: Environment,
  decide: Decide,
  record?: RecordPlan,
): Promise<PlanOutcome> {
  return runPlans(deps, environment, (_tx, run) => run(decide), record)
}

/**
 * Runs any number of plans, and whatever is between them, in one transaction, or nothing of it.
 * @param work is called again when it has to be tried again
 */
export async function runPlans<T>(
  deps: StructureDeps,
  environment: Environment,
  work: (tx: Tx, run: (decide: Decide) => Promise<PlanOutcome>) => Promise<T>,
  record?: (tx: Tx, done: T) => Promise<void>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryPlans(deps, environment, work, record)
    } catch (error) {
      const isBusy = error instanceof Problem && error.code === 'data/collection-busy'
      if (!isBusy || attempt === attempts) throw error
      // Whoever waits behind us gets his turn.
      await setTimeout(200 * attempt * (1 + Math.random()))
    }
  }
}

async function tryPlans<T>(
  deps: StructureDeps,
  environment: Environment,
  work: Parameters<typeof runPlans<T>>[2],
  record: Parameters<typeof runPlans<T>>[3],
): Promise<T> {
  let steps: readonly StructureStep[] = []
  let at: number | undefined
  const place = () => (at === undefined ? environment.name : steps[at]!.collection)
  const runIn = async (whole: RunningChange, decide: Decide): Promise<PlanOutcome> => {
    const { tx, target } = whole
    const stored = await loadStored(tx, environment.schema)
    const decided = await decide(tx, stored)
    steps = decided.steps
    const structure = toStructure([...stored.values()].map(authored))
    checkPlan(structure, steps, whole, step => (at = step))
    at = undefined
    const id = await notePlan(tx, environment.schema, steps, decided.undoOf)
    const change = new RunningChange(tx, environment, stored, target, whole.underWay)
    const running = new PlanRun(structure, steps, id, decided.restores)
    await running.begin(change)
    for (at = 0; at < steps.length; at++) await running.step(change)
    at = undefined
    await running.end(change)
    for (const name of change.touched) whole.touched.add(name)
    if (steps.some(({ kind }) => kind === 'create-collection'))
      await deps.stream.publish(tx, environment.schema)
    return { id, steps }
  }
  try {
    const run = (change: RunningChange) => work(change.tx, decide => runIn(change, decide))
    return await inStructure(deps, environment, { place, run, ...(record && { record }) })
  } catch (error) {
    throw at === undefined ? error : atStep(error, at, steps[at]!)
  }
}

/** The same problem, told with the step it came from. */
export function atStep(error: unknown, index: number, step: StructureStep): unknown {
  return error instanceof Problem ? new StepProblem(error, index, step) : error
}
