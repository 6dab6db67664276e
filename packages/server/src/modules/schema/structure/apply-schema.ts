import { isDeepStrictEqual } from 'node:util'
import { schemaProblems } from '@cloudbox/protocol/schema'
import { dataProblems } from '@cloudbox/protocol/data'
import type { SchemaApplied, SchemaApplyBody } from '@cloudbox/protocol/schema-replies'
import type { Environment } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'
import { placeOf, planStructure, type PlanOutcome, type StructureSession } from '../../data/module.ts'
import type { AuthoredDeps } from '../deps.ts'
import { showStep } from '../show-step.ts'
import { refuseRequiredCircle } from './required-circle.ts'

/** Makes the structure of an environment a wanted one: all of it or nothing, and what is dropped is in the trash. */
export async function applySchema(
  { data, author }: AuthoredDeps,
  environment: Environment,
  { collections: wanted, renames = {}, using = {}, versions }: SchemaApplyBody,
): Promise<SchemaApplied> {
  await data.checkStructure(environment, wanted)
  const outcome = await data.changeStructure(
    environment,
    async (session): Promise<PlanOutcome | undefined> => {
      const now = await session.structure()
      if (versions !== undefined && !isDeepStrictEqual(now.versions, { ...versions }))
        throw changedMeanwhile()
      refuseRequiredCircle(now.collections, wanted)
      const steps = planStructure(now.collections, wanted, renames, using)
      return steps.length === 0 ? undefined : applyWhole(session, steps)
    },
    async (tx, done) => {
      if (done === undefined) return
      const after = { steps: done.steps.map(({ sentence }) => sentence) }
      await author.record(tx, { action: 'schema.applied', subject: done.id, after })
    },
  )
  return { plan: outcome?.id ?? null, steps: (outcome?.steps ?? []).map(showStep) }
}

/**
 * Applies a plan that may not empty fields without saying how their values are to be read.
 * @throws Problem `schema/values-lost`
 */
export async function applyWhole(
  session: StructureSession,
  steps: PlanOutcome['steps'],
): Promise<PlanOutcome> {
  const outcome = await session.apply(steps)
  const lost = await session.lost(outcome)
  if (lost.length === 0) return outcome
  const errors = lost.map(({ step, count }) => {
    const action = steps[step]!
    const [collection, field] = placeOf(action).split('.')
    const message = `${count === 1 ? '1 document has a value' : `${count} documents have values`} with no way to become one of the new type`
    return { at: `/${collection}/fields/${field}/type`, message }
  })
  throw new Problem(
    schemaProblems['values-lost'],
    `${placeOf(steps[lost[0]!.step]!)}: ${errors[0]!.message}.`,
    { errors },
  )
}

function changedMeanwhile(): Problem {
  return new Problem(dataProblems['structure-changed'], 'The structure is not the one you have seen.')
}
