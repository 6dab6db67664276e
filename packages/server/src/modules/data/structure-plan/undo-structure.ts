import { dataProblems } from '@cloudbox/protocol/data'
import type { Environment } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { StructureDeps } from '../collections/in-structure.ts'
import type { StoredCollection } from '../collections/stored.ts'
import { describeStep } from './describe-step.ts'
import { findPlan, type AppliedPlan } from './applied-plans.ts'
import { authored } from './export-structure.ts'
import { foldStep, placeOf, toStructure, type Structure } from './fold-step.ts'
import { inverseOf } from './inverse-of.ts'
import { planStructure } from './plan-structure.ts'
import { restoresOf, type Restores } from './restores.ts'
import { runPlan, type DecidedPlan, type PlanOutcome, type RecordPlan } from './run-plan.ts'
import type { Renames, StructureAction, StructureStep } from './structure-step.ts'
import { trashOf, type TrashEntry } from './trash.ts'

/**
 * Takes a plan back: definitions become what they were, and what was thrown away comes back. Documents written since
 * keep what they have in all other fields. It is a plan itself, so it can be undone as well.
 * @throws Problem `data/unknown-plan`, `data/cannot-undo` where the structure has changed since, `data/trash-expired`
 */
export async function undoStructure(
  deps: StructureDeps,
  environment: Environment,
  plan: string,
  record?: RecordPlan,
): Promise<PlanOutcome> {
  return runPlan(deps, environment, (tx, stored) => decideUndo(tx, environment, stored, plan), record)
}

/** What takes a plan back. */
export async function decideUndo(
  tx: Tx,
  { schema }: Environment,
  stored: ReadonlyMap<string, StoredCollection>,
  id: string,
): Promise<DecidedPlan> {
  const plan = await findPlan(tx, schema, id)
  if (plan === undefined) throw new Problem(dataProblems['unknown-plan'], `No plan ${id} was applied here.`)
  if (plan.undoneBy !== null)
    throw new Problem(
      dataProblems['cannot-undo'],
      `Plan ${id} has been undone already, by ${plan.undoneBy}.`,
      {
        hint: `Undo ${plan.undoneBy} to have it again.`,
      },
    )
  const now = toStructure([...stored.values()].map(authored))
  const wanted = takeBack(now, plan)
  const entries = await trashOf(tx, schema, id)
  refuseExpired(plan, entries)
  const restores = restoresOf(plan.steps, entries, plan.appliedAt)
  const planned = planStructure([...now.values()], [...wanted.values()], renamesBack(plan.steps))
  const steps = withRestored(planned, wanted, restores)
  return { steps, restores, undoOf: id }
}

/** The steps that bring values back: of fields that were dropped, and of those that a transform changed. */
function withRestored(
  steps: readonly StructureStep[],
  wanted: Structure,
  { find }: Restores,
): readonly StructureStep[] {
  const isTransformed = (collection: string, field: string): boolean =>
    find('field', collection, field)?.isTransformed === true
  const marked = steps.map((step): StructureStep => {
    const isBack =
      step.kind === 'add-field'
        ? find('field', step.collection, step.field) !== undefined
        : step.kind === 'change-field' && isTransformed(step.collection, step.field)
    return isBack ? describeStep({ ...step, isRestored: true } as StructureAction) : step
  })
  const named = new Set(marked.flatMap(step => ('field' in step ? [placeOf(step)] : [])))
  // Those whose definition is what it was all the time.
  const unnamed = [...wanted.values()].flatMap(({ name: collection, fields }) =>
    Object.entries(fields).flatMap(([field, definition]) =>
      isTransformed(collection, field) && !named.has(`${collection}.${field}`)
        ? [{ kind: 'change-field', collection, field, before: definition, after: definition } as const]
        : [],
    ),
  )
  const policiesAt = marked.findIndex(({ kind }) => kind === 'change-policy')
  return marked.toSpliced(
    policiesAt === -1 ? marked.length : policiesAt,
    0,
    ...unnamed.map(action => describeStep({ ...action, isRestored: true })),
  )
}

/** The structure without what a plan did to it. */
function takeBack(structure: Structure, { id, steps }: AppliedPlan): Structure {
  return steps.reduceRight((after, step, i) => {
    try {
      return foldStep(after, inverseOf(step))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const message = `${placeOf(step)} is not what step ${i + 1} of the plan made of it`
      throw new Problem(dataProblems['cannot-undo'], `Plan ${id} cannot be undone: ${message}.`, {
        errors: [{ at: `/steps/${i}`, message }],
        cause: error,
      })
    }
  }, structure)
}

function renamesBack(steps: readonly StructureStep[]): Renames {
  const collections: { [name: string]: string } = {}
  const fields: { [collection: string]: { [field: string]: string } } = {}
  const oldNames = new Map<string, string>()
  for (const step of steps) {
    if (step.kind === 'rename-collection') {
      collections[step.after] = step.before
      oldNames.set(step.after, step.before)
    } else if (step.kind === 'rename-field') {
      const collection = oldNames.get(step.collection) ?? step.collection
      fields[collection] = { ...fields[collection], [step.after]: step.before }
    }
  }
  return { collections, fields }
}

/** Each destructive step has left something, unless it has been swept. */
function refuseExpired({ id, steps }: AppliedPlan, entries: readonly TrashEntry[]): void {
  const left = new Set(
    entries.map(entry => (entry.kind === 'field' ? `${entry.collection} ${entry.field}` : entry.collection)),
  )
  const missing = steps.find(
    step =>
      step.isDestructive && !left.has('field' in step ? `${step.collection} ${step.field}` : step.collection),
  )
  if (missing === undefined) return
  throw new Problem(
    dataProblems['trash-expired'],
    `Plan ${id} cannot be undone: what ${placeOf(missing)} had is no longer in the trash.`,
  )
}
