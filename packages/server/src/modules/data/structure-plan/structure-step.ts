import type {
  CollectionDefinition,
  FieldDefinition,
  IndexDefinition,
  Operation,
} from '@cloudbox/protocol/collection'
import type { Transform } from '@cloudbox/protocol/schema'

/** What a step does: plain data that can be kept, shown and turned round. `before` has to be what is there. */
export type StructureAction = { readonly collection: string } & (
  | { readonly kind: 'create-collection'; readonly after: CollectionDefinition }
  | { readonly kind: 'drop-collection'; readonly before: CollectionDefinition }
  | { readonly kind: 'rename-collection'; readonly before: string; readonly after: string }
  | { readonly kind: 'rename-field'; readonly before: string; readonly after: string }
  | {
      readonly kind: 'add-field'
      readonly field: string
      /** How many fields stand before it. */
      readonly position: number
      readonly after: FieldDefinition
      /** Its values come back from the trash. */
      readonly isRestored?: true
    }
  | {
      readonly kind: 'change-field'
      readonly field: string
      readonly before: FieldDefinition
      readonly after: FieldDefinition
      /** How values change, where their types alone do not say it. */
      readonly using?: Transform
      /** Its values become what they were before a transform, from the trash. */
      readonly isRestored?: true
    }
  | {
      readonly kind: 'drop-field'
      readonly field: string
      readonly position: number
      readonly before: FieldDefinition
    }
  | { readonly kind: 'order-fields'; readonly before: readonly string[]; readonly after: readonly string[] }
  | { readonly kind: 'set-flexible'; readonly before: boolean; readonly after: boolean }
  | { readonly kind: 'add-index'; readonly index: string; readonly after: IndexDefinition }
  | { readonly kind: 'drop-index'; readonly index: string; readonly before: IndexDefinition }
  | {
      readonly kind: 'change-policy'
      readonly operation: Operation
      readonly before: string | null
      readonly after: string | null
    }
)

/** One step of a plan that turns a structure into another. */
export type StructureStep = StructureAction & {
  /** What it does, for people. */
  readonly sentence: string
  /** Documents lose values by it; they are kept in the trash. */
  readonly isDestructive: boolean
}

/** Old names → new ones: no comparison can tell a renamed field from one that was dropped and another that was added. */
export interface Renames {
  readonly collections?: Readonly<Record<string, string>>
  /** By the new name of the collection. */
  readonly fields?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** By field of a collection (`people.age`): how its values become those of its new definition. */
export type Transforms = Readonly<Record<string, Transform>>
