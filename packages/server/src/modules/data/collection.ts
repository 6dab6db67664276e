import type {
  CollectionDefinition,
  FieldDefinition,
  FieldType,
  Operation,
} from '@cloudbox/protocol/collection'
import type { SystemCollection } from './collections/system-collections.ts'

/** One field of a collection, ready for use. The built-in `id`, `createdAt` and `updatedAt` are fields too. */
export interface Field {
  readonly name: string
  /** Its column: the same name, but `created_at` and `updated_at` for the built-in two. */
  readonly column: string
  readonly type: FieldType
  readonly list: boolean
  readonly required: boolean
  readonly unique: boolean
  /** Postgres computes it; nobody writes it. */
  readonly computed: boolean
  /** The module that owns the collection writes it; no document does. */
  readonly managed: boolean
  /** Made by the server: id, createdAt, updatedAt. */
  readonly builtIn: boolean
  /** As the author wrote it; absent for built-in fields. */
  readonly definition?: FieldDefinition
}

/** A policy as it was saved: known to be valid for the collection of this version. */
export interface Policy {
  readonly operation: Operation
  /** The CEL text. */
  readonly text: string
}

/** A relation of another collection that points here. */
export interface IncomingRelation {
  readonly collection: string
  readonly field: string
  /** At most one document points to each of ours. */
  readonly unique: boolean
}

/** A collection of one environment, as one version of its structure. Never changed in place: a change makes a new one. */
export interface Collection {
  readonly name: string
  /** Postgres schema of the environment; the table has the collection's name. */
  readonly schema: string
  /** Grows with every change of structure or policy. */
  readonly version: number
  /** Unknown fields live in the jsonb column `extra_fields`. */
  readonly flexible: boolean
  /** By name, built-in ones first, then in the author's order. */
  readonly fields: ReadonlyMap<string, Field>
  readonly policies: ReadonlyMap<Operation, Policy>
  readonly incoming: readonly IncomingRelation[]
  readonly definition: CollectionDefinition
  /** The module it belongs to makes and deletes its documents; absent for an author's collection. */
  readonly system?: SystemCollection
}

/** Where unknown fields of a flexible collection live. */
export const extraColumn = 'extra_fields'

/** All collections of one environment, of one moment. */
export type Collections = ReadonlyMap<string, Collection>
