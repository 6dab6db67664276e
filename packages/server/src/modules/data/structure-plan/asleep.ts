import { indexName } from '@cloudbox/protocol/canonical'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { sqlTypeOf } from '../collections/field-types.ts'
import { withoutNames } from './bare.ts'
import { changesValues } from './describe-step.ts'
import { fieldsRead } from './fields-read.ts'
import type { StructureStep } from './structure-step.ts'

/**
 * A definition as its table can be before the last of its steps: what is computed from a field that comes, goes or
 * changes its type waits for that, and for its own change, since expressions in between may make no sense.
 */
export function withoutSleepers(
  definition: CollectionDefinition,
  all: readonly StructureStep[],
  pending: readonly StructureStep[],
): CollectionDefinition {
  const disturbed = new Set(all.flatMap(disturbedField))
  const pendingNames = new Set(pending.flatMap(step => ('field' in step ? [step.field] : [])))
  const pendingDisturbed = new Set(pending.flatMap(disturbedField))
  const endsComputed = new Set(
    pending.flatMap(step =>
      step.kind === 'change-field' && step.after.computed === undefined ? [step.field] : [],
    ),
  )
  const waits = (expression: string, isPending: boolean): boolean => {
    const read = [...fieldsRead(expression)]
    if (!read.some(field => disturbed.has(field))) return false
    return isPending || read.some(field => pendingDisturbed.has(field))
  }
  const asleep = new Set(
    Object.entries(definition.fields).flatMap(([name, { computed }]) =>
      // Its values stay when it stops being computed, so it stays as well.
      computed !== undefined && !endsComputed.has(name) && waits(computed, pendingNames.has(name))
        ? [name]
        : [],
    ),
  )
  const awake = withoutNames(definition, asleep)
  const droppedIndexes = new Set(pending.flatMap(step => (step.kind === 'drop-index' ? [step.index] : [])))
  return {
    ...awake,
    indexes: (awake.indexes ?? []).filter(
      index => index.where === undefined || !waits(index.where, droppedIndexes.has(indexName(index))),
    ),
  }
}

function disturbedField(step: StructureStep): string[] {
  switch (step.kind) {
    case 'add-field':
    case 'drop-field':
      return [step.field]
    case 'change-field': {
      const { field, before, after } = step
      return changesValues(step) || sqlTypeOf(before) !== sqlTypeOf(after) ? [field] : []
    }
    default:
      return []
  }
}
