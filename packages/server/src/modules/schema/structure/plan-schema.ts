import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Migration } from '@cloudbox/protocol/schema'
import type { SchemaPlan, SchemaPlanBody } from '@cloudbox/protocol/schema-replies'
import type { Environment } from '../../../kernel/caller.ts'
import { planStructure, toStructure, type Structure, type StructureStep } from '../../data/module.ts'
import type { SchemaDeps } from '../deps.ts'
import { headsOf, inOrder } from '../history/order.ts'
import { readApplied } from '../history/applied.ts'
import { toParts } from '../operations/to-parts.ts'
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
    migrations === undefined ? collections : [...madeBy(migrations, deps.data.emptyStructure).values()]
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

/** @throws Problem `schema/invalid-migration` */
function madeBy(migrations: readonly Migration[], start: Structure): Structure {
  return inOrder(migrations).reduce((now, migration) => toParts(now, migration).structure, start)
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
