import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { dataProblems } from '@cloudbox/protocol/data'
import { Problem } from '../../../kernel/problem.ts'
import { define } from '../collections/define.ts'
import { mentionsOf } from '../collections/mentions.ts'
import type { RunningChange } from '../collections/running-change.ts'
import {
  refuseSystemChange,
  refuseSystemDrop,
  systemCollections,
  wholeDefinition,
} from '../collections/system-collections.ts'
import { toCollection } from '../collections/to-collection.ts'
import { checkTransform } from '../transforms/compile-transform.ts'
import { foldStep, type Structure } from './fold-step.ts'
import { relationsOf } from './relations-of.ts'
import type { StructureStep } from './structure-step.ts'

/**
 * Checks the structure a plan leads to before any of it is made, and the steps on the way there.
 * @param at is told which step is being checked, from 0
 * @throws Problem of the first step that cannot be, or of the definition it leads to
 */
export function checkPlan(
  structure: Structure,
  steps: readonly StructureStep[],
  { target: { schema, version } }: Pick<RunningChange, 'target'>,
  at: (step: number) => void,
): void {
  let now = structure
  const lastStep = new Map<string, number>()
  steps.forEach((step, i) => {
    at(i)
    refuseForSystem(step)
    checkUsing(now, step)
    now = foldStep(now, step)
    lastStep.set(step.kind === 'rename-collection' ? step.after : step.collection, i)
  })
  refuseTwins(now, lastStep, at)
  const definitions = new Map([...now].map(([name, definition]) => [name, wholeDefinition(definition)]))
  const all = new Map(
    [...definitions].map(([name, definition]) => [
      name,
      toCollection(definition, { schema, version: 0, incoming: [] }),
    ]),
  )
  for (const [name, definition] of definitions) {
    const reasons = [name, ...mentionsIn(definition), ...relationsOf(definition)].flatMap(
      other => lastStep.get(other) ?? [],
    )
    if (reasons.length === 0) continue
    at(Math.max(...reasons))
    const others = new Map([...all].filter(([other]) => other !== name))
    define(definition, { schema, version, others })
  }
}

/** A transform reads the document as it is when its step comes. */
function checkUsing(structure: Structure, step: StructureStep): void {
  if (step.kind !== 'change-field' || step.using === undefined) return
  const { collection: name, field, after, using } = step
  const collection = structure.get(name)
  if (collection !== undefined)
    checkTransform({ collection: wholeDefinition(collection), field, after, using })
}

function refuseForSystem(step: StructureStep): void {
  const system = systemCollections.get(step.collection)
  if (system === undefined) return
  switch (step.kind) {
    case 'create-collection':
    case 'drop-collection':
      return refuseSystemDrop(step.collection)
    case 'rename-collection':
      return refuseSystemChange(system.definition, { name: step.after })
    case 'rename-field':
      return refuseSystemChange(system.definition, { rename: { [step.before]: step.after } })
    case 'set-flexible':
      return refuseSystemChange(system.definition, { flexible: step.after })
    case 'add-field':
    case 'change-field':
      return refuseSystemChange(system.definition, { fields: { [step.field]: step.after } })
    case 'change-policy':
      return refuseSystemChange(system.definition, { policies: { [step.operation]: step.after } })
    default:
  }
}

/** On the way there may be two names that differ in upper and lower case only, in the end not. */
function refuseTwins(
  structure: Structure,
  lastStep: ReadonlyMap<string, number>,
  at: (step: number) => void,
): void {
  const names = new Map<string, string>()
  for (const name of structure.keys()) {
    const twin = names.get(name.toLowerCase())
    names.set(name.toLowerCase(), name)
    if (twin === undefined) continue
    at(Math.max(lastStep.get(name) ?? 0, lastStep.get(twin) ?? 0))
    throw new Problem(
      dataProblems['collection-exists'],
      `${twin} and ${name} differ in upper and lower case only.`,
    )
  }
}

/** Other collections that policies look into; what cannot be read is found when they are checked. */
function mentionsIn(definition: CollectionDefinition): Iterable<string> {
  try {
    return mentionsOf(definition)
  } catch {
    return []
  }
}
