import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { SchemaPlan, SchemaPlanBody } from '@cloudbox/protocol/schema-replies'
import type { Environment } from '../../../kernel/caller.ts'
import { planStructure, toStructure, type StructureStep } from '../../data/module.ts'
import type { SchemaDeps } from '../deps.ts'
import { foldMigrations } from '../history/fold-migrations.ts'
import { headsOf, inOrder } from '../history/order.ts'
import { readApplied } from '../history/applied.ts'
import { toOperations } from '../operations/to-operations.ts'
import { showStep } from '../show-step.ts'
import { told } from '../told.ts'
import { refuseRequiredCircle } from './required-circle.ts'

/** What leads from the structure there is, or the one that migrations make, to a wanted one. Nothing is changed. */
export async function planSchema(
  deps: SchemaDeps,
  environment: Environment,
  { collections: wanted, renames = {}, migrations, rehearse = false }: SchemaPlanBody,
): Promise<SchemaPlan> {
  const { collections, versions } = await deps.data.exportStructure(environment)
  await deps.data.checkStructure(environment, wanted)
  const before =
    migrations === undefined
      ? collections
      : [...foldMigrations(deps.data.emptyStructure, inOrder(migrations)).values()]
  refuseRequiredCircle(before, wanted)
  const steps = planStructure(before, wanted, renames)
  const applied = migrations ?? (await readApplied(deps.db, environment.schema))
  const plan = {
    steps: steps.map(showStep),
    versions,
    operations: toOperations(toStructure(before), steps),
    parents: headsOf(applied),
  }
  if (!rehearse) return plan
  return { ...plan, rehearsal: await rehearsed(deps, environment, collections, { before, wanted, steps }) }
}

/** Rehearses from the structure there is, whatever the plan was made for. */
async function rehearsed(
  { data }: SchemaDeps,
  environment: Environment,
  collections: readonly CollectionDefinition[],
  plan: {
    readonly before: readonly CollectionDefinition[]
    readonly wanted: readonly CollectionDefinition[]
    readonly steps: readonly StructureStep[]
  },
): Promise<NonNullable<SchemaPlan['rehearsal']>> {
  const steps = plan.before === collections ? plan.steps : planStructure(collections, plan.wanted)
  const { steps: measured, failure } = await data.rehearse(environment, steps)
  return {
    steps: measured.map((measures, i) => ({
      ...showStep(steps[i]!),
      ...measures,
      locks: [...measures.locks],
    })),
    ...(failure && { failure: told(failure) }),
  }
}
