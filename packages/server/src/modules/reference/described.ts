import type { FieldDefinition, FieldType, Operation } from '@cloudbox/protocol/collection'

/** What the manual tells of a field. */
export interface DescribedField {
  readonly name: string
  readonly type: FieldType
  readonly list: boolean
  readonly required: boolean
  readonly unique: boolean
  readonly computed: boolean
  /** The module its collection belongs to writes it. */
  readonly managed: boolean
  readonly builtIn: boolean
  readonly definition?: FieldDefinition
}

/** What the manual tells of a collection: the part of the data module's `Collection` it reads. */
export interface DescribedCollection {
  readonly name: string
  readonly flexible: boolean
  readonly fields: ReadonlyMap<string, DescribedField>
  /** The module it belongs to, which alone makes and deletes its documents. */
  readonly system?: { readonly owner: string }
  /** Operations that are open to somebody; the others are for the secret key only. */
  readonly policies: ReadonlyMap<Operation, unknown>
}

export type DescribedCollections = ReadonlyMap<string, DescribedCollection>

/** Whom the manual is written for: it tells what their key can call, and nothing else. */
export type Reader = 'secret' | 'publishable'

/** JSON Schema 2020-12, or a part of an OpenAPI document. */
export type Json = Record<string, unknown>

/** Whether a reader may do something with a collection. */
export function isOpen(
  { policies, system }: DescribedCollection,
  operation: Operation,
  reader: Reader,
): boolean {
  if (system !== undefined && (operation === 'create' || operation === 'delete')) return false
  return reader === 'secret' || policies.has(operation)
}
