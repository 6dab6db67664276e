import type { StructureAction, StructureStep } from './structure-step.ts'

/** What takes a step back, as far as definitions go. */
export function inverseOf(step: StructureStep): StructureAction {
  const { collection } = step
  switch (step.kind) {
    case 'create-collection':
      return { kind: 'drop-collection', collection, before: step.after }
    case 'drop-collection':
      return { kind: 'create-collection', collection, after: step.before }
    case 'rename-collection':
      return { ...step, collection: step.after, before: step.after, after: step.before }
    case 'rename-field':
      return { ...step, before: step.after, after: step.before }
    case 'add-field':
      return { ...step, kind: 'drop-field', before: step.after }
    case 'drop-field':
      return { ...step, kind: 'add-field', after: step.before }
    case 'add-index':
      return { ...step, kind: 'drop-index', before: step.after }
    case 'drop-index':
      return { ...step, kind: 'add-index', after: step.before }
    case 'change-field':
      // The way back are the values in the trash.
      return { kind: 'change-field', collection, field: step.field, before: step.after, after: step.before }
    case 'order-fields':
      return { ...step, before: step.after, after: step.before }
    case 'set-flexible':
      return { ...step, before: step.after, after: step.before }
    case 'change-policy':
      return { ...step, before: step.after, after: step.before }
  }
}
