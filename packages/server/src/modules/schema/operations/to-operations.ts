import type { MigrationOperation } from '@cloudbox/protocol/schema'
import { foldStep, type Structure, type StructureStep } from '../../data/module.ts'

/**
 * The operations that say the same as a plan. Pure.
 * @param structure that the plan was made for
 */
export function toOperations(structure: Structure, steps: readonly StructureStep[]): MigrationOperation[] {
  let now = structure
  return steps.map(step => {
    const operation = toOperation(now, step)
    now = foldStep(now, step)
    return operation
  })
}

function toOperation(structure: Structure, step: StructureStep): MigrationOperation {
  const { collection } = step
  switch (step.kind) {
    case 'create-collection':
      return { do: 'create-collection', definition: step.after }
    case 'drop-collection':
      return { do: 'drop-collection', collection }
    case 'rename-collection':
      return { do: 'rename-collection', collection, to: step.after }
    case 'rename-field':
      return { do: 'rename-field', collection, field: step.before, to: step.after }
    case 'add-field': {
      const { field, position, after: definition } = step
      const before = Object.keys(structure.get(collection)!.fields)[position]
      return {
        do: 'add-field',
        collection,
        field,
        definition,
        ...(before === undefined ? {} : { before }),
      }
    }
    case 'change-field': {
      const { field, after: definition, using } = step
      return { do: 'change-field', collection, field, definition, ...(using && { using }) }
    }
    case 'drop-field':
      return { do: 'drop-field', collection, field: step.field }
    case 'order-fields':
      return { do: 'order-fields', collection, fields: [...step.after] }
    case 'set-flexible':
      return { do: 'set-flexible', collection, flexible: step.after }
    case 'add-index':
      return { do: 'add-index', collection, definition: step.after }
    case 'drop-index':
      return { do: 'drop-index', collection, index: step.index }
    case 'change-policy':
      return { do: 'change-policy', collection, operation: step.operation, policy: step.after }
  }
}
