import type { Operation } from '@cloudbox/protocol/collection'
import type { Bindings, Bound } from '@cloudbox/policy/bind'
import type { TableSchema } from '@cloudbox/policy/schema'
import type { Caller } from '../../../kernel/caller.ts'
import type { Collection, Collections, Field } from '../collection.ts'
import type { AggregateFunction } from './query.ts'

/** What a caller may do, as plain questions: planning asks, and knows nothing of keys and tokens. */
export interface Access {
  readonly caller: Caller
  readonly collections: Collections
  /** Where the operation is allowed, with the caller's claims bound; undefined when it is closed. */
  may(collection: Collection, operation: Operation): Bound | undefined
  /** The collection as expressions see it. */
  schemaOf(collection: Collection): TableSchema
  /** What is known before rows are looked at. */
  readonly bindings: Bindings
  /** Whether the time or the address of this request has been asked for: what was planned so is good for it alone. */
  isMomentary(): boolean
}

/** A value of a row: a field, or something inside its JSON. */
export interface ValuePath {
  readonly column: string
  readonly keys: readonly (string | number)[]
  readonly asText: boolean
  /** Absent for what is inside JSON. */
  readonly field: Field | undefined
}

export interface ValueOutput {
  readonly kind: 'value'
  readonly name: string
  readonly path: ValuePath
  /** Postgres type to cast to. */
  readonly cast: string | undefined
}

/** One name of the answered document. */
export type Output =
  ValueOutput | { readonly kind: 'embed'; readonly name: string; readonly embed: PlannedEmbed }

/** Which values make a document. */
export interface Shape {
  readonly collection: Collection
  readonly outputs: readonly Output[]
  /** The unknown fields of a flexible collection stand behind the outputs. */
  readonly withExtra: boolean
}

/** One value of a group: what all its documents share, or an aggregate over them. */
export interface GroupColumn {
  /** How the value is seen by `having`, by `order` and in the answer: a field of that name and type. */
  readonly field: Field
  /** Absent for the number of documents. */
  readonly value: { readonly path: ValuePath; readonly cast: string | undefined } | undefined
  /** Absent for what makes the groups. */
  readonly aggregate: AggregateFunction | undefined
  /** Postgres type of the result, where it is not the aggregate's own. */
  readonly resultCast: string | undefined
}

/** Documents summed up: what is answered of each group, which groups, and in which order. */
export interface Grouping {
  readonly columns: readonly GroupColumn[]
  readonly having: Bound
  readonly order: readonly PlannedOrder[]
}

export interface PlannedEmbed {
  readonly shape: Shape
  /** `target.idColumn = parent.column` or `target.column = parent.id`. */
  readonly targetColumn: string
  readonly parentColumn: string
  /** A list of documents, or one. */
  readonly isMany: boolean
  readonly isInner: boolean
  /** The list policy of the target and the filter on the embed. */
  readonly predicate: Bound
  readonly order: readonly PlannedOrder[]
  readonly limit: number
  /** Groups are embedded instead of documents. */
  readonly grouping: Grouping | undefined
}

export interface PlannedOrder {
  readonly path: ValuePath
  /** Postgres type of the value, for the cursor's way back. */
  readonly sqlType: string
  readonly direction: 'asc' | 'desc'
  readonly nulls: 'first' | 'last'
  readonly mayBeNull: boolean
}

/** A list request ready to become SQL. */
export interface ListPlan {
  readonly shape: Shape
  /** What the policy allows. */
  readonly policy: Bound
  /** What the caller asked for. */
  readonly filter: Bound
  /** Both. */
  readonly predicate: Bound
  /** Ends with a unique field. */
  readonly order: readonly PlannedOrder[]
  readonly limit: number
  /** Groups are answered instead of documents. */
  readonly grouping: Grouping | undefined
  /** Keys of the last document of the page before, as Postgres text. */
  readonly after: readonly (string | null)[] | undefined
  readonly count: 'exact' | 'estimated' | undefined
}
