import type { SchemaStep } from '@cloudbox/protocol/schema-replies'
import type { StructureStep } from '../data/module.ts'

/** A step as it is told. */
export function showStep(step: StructureStep): SchemaStep {
  const { kind, collection, sentence, isDestructive } = step
  return { kind, collection, ...('field' in step ? { field: step.field } : {}), sentence, isDestructive }
}
