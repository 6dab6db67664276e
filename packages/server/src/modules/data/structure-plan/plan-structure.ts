import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { dataProblems } from '@cloudbox/protocol/data'
import { Problem } from '../../../kernel/problem.ts'
import { systemCollections } from '../collections/system-collections.ts'
import { describeStep } from './describe-step.ts'
import { foldStep, placeOf, toStructure, type Structure } from './fold-step.ts'
import { planCollection, planPolicies } from './plan-collection.ts'
import { planCreations } from './plan-creations.ts'
import { relationsOf } from './relations-of.ts'
import type { Renames, StructureAction, StructureStep, Transforms } from './structure-step.ts'

/**
 * The steps that turn one set of definitions into another, in an order in which each is possible; none where both mean
 * the same. A system collection that is not named stays as it is. Pure.
 * @throws Problem `data/invalid-plan` where the renames or transforms do not fit
 */
export function planStructure(
  before: readonly CollectionDefinition[],
  wanted: readonly CollectionDefinition[],
  renames: Renames = {},
  using: Transforms = {},
): StructureStep[] {
  const steps: StructureStep[] = []
  let now = toStructure(before)
  const goal = toStructure(wanted)
  const take = (action: StructureAction): void => {
    now = foldStep(now, action)
    steps.push(describeStep(action))
  }
  planRenames(now, goal, renames).forEach(take)
  planCreations(now, goal).forEach(take)
  const names = [...goal.keys()].toSorted()
  for (const name of names)
    for (const action of planCollection(now.get(name)!, goal.get(name)!)) take(withTransform(action, using))
  planDrops(now, goal).forEach(take)
  for (const name of names) planPolicies(now.get(name)!, goal.get(name)!).forEach(take)
  refuseUnused(steps, using)
  return steps
}

function withTransform(action: StructureAction, using: Transforms): StructureAction {
  const transform = action.kind === 'change-field' ? using[placeOf(action)] : undefined
  return transform === undefined ? action : ({ ...action, using: transform } as StructureAction)
}

/** Whoever says how a field changes means a field that does. */
function refuseUnused(steps: readonly StructureStep[], using: Transforms): void {
  const changed = new Set(steps.flatMap(step => (step.kind === 'change-field' ? [placeOf(step)] : [])))
  const unused = Object.keys(using).filter(place => !changed.has(place))
  if (unused.length === 0) return
  throw new Problem(
    dataProblems['invalid-plan'],
    `There is a transform for ${unused.join(', ')}, which does not change.`,
    { errors: unused.map(place => ({ at: `using.${place}`, message: 'this field does not change' })) },
  )
}

function planRenames(now: Structure, goal: Structure, { collections = {}, fields = {} }: Renames) {
  const steps: StructureAction[] = []
  for (const [before, after] of Object.entries(collections)) {
    if (before === after) continue
    const isFree = now.has(before) && !now.has(after) && goal.has(after) && !goal.has(before)
    if (!isFree || systemCollections.has(before)) throw misnamed(before, after)
    steps.push({ kind: 'rename-collection', collection: before, before, after })
  }
  const oldName = new Map(Object.entries(collections).map(([before, after]) => [after, before]))
  for (const [collection, names] of Object.entries(fields)) {
    const known = now.get(oldName.get(collection) ?? collection)?.fields ?? {}
    const wanted = goal.get(collection)?.fields ?? {}
    for (const [before, after] of Object.entries(names)) {
      if (before === after) continue
      const isFree =
        Object.hasOwn(known, before) &&
        !Object.hasOwn(known, after) &&
        Object.hasOwn(wanted, after) &&
        !Object.hasOwn(wanted, before)
      if (!isFree) throw misnamed(`${collection}.${before}`, after)
      steps.push({ kind: 'rename-field', collection, before, after })
    }
  }
  return steps
}

function misnamed(before: string, after: string): Problem {
  return new Problem(dataProblems['invalid-plan'], `${before} cannot be renamed to ${after}.`, {
    hint: 'The old name has to be there and not be wanted, the new one the other way round.',
  })
}

/** Collections that point to others go before those. */
function planDrops(now: Structure, goal: Structure): StructureAction[] {
  const left = new Map([...now].filter(([name]) => !goal.has(name) && !systemCollections.has(name)))
  const steps: StructureAction[] = []
  while (left.size > 0) {
    const pointedTo = new Set(
      [...left.values()].flatMap(definition => relationsOf(definition).filter(to => to !== definition.name)),
    )
    // In a circle any may be the first.
    const before = [...left.values()].find(({ name }) => !pointedTo.has(name)) ?? [...left.values()][0]!
    steps.push({ kind: 'drop-collection', collection: before.name, before })
    left.delete(before.name)
  }
  return steps
}
