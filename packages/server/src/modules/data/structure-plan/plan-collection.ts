import { isDeepStrictEqual } from 'node:util'
import { indexName } from '@cloudbox/protocol/canonical'
import { operations, type CollectionDefinition } from '@cloudbox/protocol/collection'
import type { StructureAction } from './structure-step.ts'

/** The steps between two canonical definitions of one name, but for its policies. */
export function planCollection(
  before: CollectionDefinition,
  wanted: CollectionDefinition,
): StructureAction[] {
  const { name: collection } = before
  const steps: StructureAction[] = []
  const order = Object.keys(wanted.fields)
  // Fields as they are after the steps so far.
  let fields = Object.keys(before.fields)
  const indexes = planIndexes(before, wanted)
  const flexible = { kind: 'set-flexible', collection } as const

  const change = (field: string): void => {
    const [old, after] = [before.fields[field]!, wanted.fields[field]!]
    if (!isDeepStrictEqual(old, after))
      steps.push({ kind: 'change-field', collection, field, before: old, after })
  }
  const add = (field: string): void => {
    const position = fields.filter(other => order.indexOf(other) < order.indexOf(field)).length
    steps.push({ kind: 'add-field', collection, field, position, after: wanted.fields[field]! })
    fields = fields.toSpliced(position, 0, field)
  }
  const isComputed = ({ fields: all }: CollectionDefinition, field: string): boolean =>
    all[field]?.computed !== undefined
  const kept = order.filter(field => Object.hasOwn(before.fields, field))
  const added = order.filter(field => !Object.hasOwn(before.fields, field))
  const stored = (field: string): boolean => !isComputed(wanted, field)

  // First of all: a field may become what they cannot hold.
  steps.push(...indexes.dropped)
  if (wanted.flexible && !before.flexible) steps.push({ ...flexible, before: false, after: true })
  // What was computed keeps its values, so it stops being computed while its sources are there.
  kept.filter(field => isComputed(before, field) && stored(field)).forEach(change)
  for (const field of fields.filter(name => !Object.hasOwn(wanted.fields, name))) {
    const position = fields.indexOf(field)
    steps.push({ kind: 'drop-field', collection, field, position, before: before.fields[field]! })
    fields = fields.toSpliced(position, 1)
  }
  added.filter(stored).forEach(add)
  kept.filter(field => !isComputed(before, field) && stored(field)).forEach(change)
  // One that is computed anew may have been a source of another before.
  kept.filter(field => isComputed(before, field) && !stored(field)).forEach(change)
  kept.filter(field => !isComputed(before, field) && !stored(field)).forEach(change)
  added.filter(field => !stored(field)).forEach(add)
  steps.push(...indexes.added)
  if (before.flexible && !wanted.flexible) steps.push({ ...flexible, before: true, after: false })
  if (!isDeepStrictEqual(fields, order))
    steps.push({ kind: 'order-fields', collection, before: fields, after: order })
  return steps
}

function planIndexes(before: CollectionDefinition, wanted: CollectionDefinition) {
  const { name: collection } = before
  const byName = ({ indexes = [] }: CollectionDefinition) =>
    new Map(indexes.map(index => [indexName(index), index]))
  const [old, all] = [byName(before), byName(wanted)]
  const isSame = (index: string): boolean => isDeepStrictEqual(old.get(index), all.get(index))
  return {
    dropped: [...old]
      .filter(([index]) => !isSame(index))
      .map(([index, definition]): StructureAction => ({
        kind: 'drop-index',
        collection,
        index,
        before: definition,
      })),
    added: [...all]
      .filter(([index]) => !isSame(index))
      .map(([index, after]): StructureAction => ({ kind: 'add-index', collection, index, after })),
  }
}

/** Policies come last: they may look into any other collection. */
export function planPolicies(before: CollectionDefinition, wanted: CollectionDefinition): StructureAction[] {
  return operations.flatMap((operation): StructureAction[] => {
    const [old, after] = [before.policies?.[operation] ?? null, wanted.policies?.[operation] ?? null]
    if (old === after) return []
    return [{ kind: 'change-policy', collection: before.name, operation, before: old, after }]
  })
}
