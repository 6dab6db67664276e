import type { FieldDefinition, FieldType } from '@cloudbox/protocol/collection'
import type { Mistakes } from './mistakes.ts'

/** The kinds of made-up values. */
export type PiiKind = Exclude<FieldType, 'boolean' | 'select' | 'relation' | 'file'> | 'name' | 'phone'

/** Types nothing can be made up for, and why. */
const refused: Partial<Record<FieldType, string>> = {
  relation: 'its value is the id of a document',
  file: 'the file itself would still be the real one',
  boolean: 'there are only two values to choose from',
  select: 'there are only its options to choose from',
}

/** How a personal value is made up; undefined for a field that is not personal. */
export function piiKind({ pii, type }: FieldDefinition): PiiKind | undefined {
  if (pii === undefined) return undefined
  return pii === true ? (type as PiiKind) : pii
}

/** Checks what a field says about personal values. */
export function checkPii(field: FieldDefinition, at: string, mistakes: Mistakes): void {
  const { pii, type, computed, unique } = field
  if (pii === undefined) return
  const why = refused[type]
  if (why !== undefined)
    mistakes.add(`${at}/pii`, `type ${type} cannot be personal: ${why}`, 'Leave pii out, or use type text.')
  else if (computed !== undefined)
    mistakes.add(`${at}/pii`, 'a computed field is made of others', 'Mark the fields it is made of.')
  else if (pii !== true && pii !== type && type !== 'text')
    mistakes.add(`${at}/pii`, `a ${type} is no ${pii}`, 'Write "pii": true: the type tells the kind.')
  else if (pii === 'name' && unique)
    mistakes.add(
      `${at}/pii`,
      'names from a list come more than once',
      'Write "pii": true: letters are unique.',
    )
}
