import type { FieldDefinition } from '@cloudbox/protocol/collection'

/** A value that is computed when a document is made: `{ cel: 'now' }`, `{ cel: 'auth.uid' }`. */
export interface CelDefault {
  readonly cel: string
}

/** How old values become those of the type a field has now: CloudBox CEL over `doc`, or SQL over the columns. */
export type UsingHint = string | { readonly cel: string } | { readonly sql: string }

interface Common {
  /** The field may not be absent. */
  readonly required?: boolean
  /** Computed from other fields of the document: `doc.first + ' ' + doc.last`. */
  readonly computed?: string
  /** How values of the type it had before become these; goes into the next migration that changes the type. */
  readonly using?: UsingHint
}

interface Filled<Value> extends Common {
  /** A literal value, or an expression over the caller: `{ cel: 'auth.uid' }`. */
  readonly default?: Value | readonly Value[] | CelDefault
}

interface Listable {
  /** A list of this type; `min` and `max` then count its elements. */
  readonly list?: boolean
  /** Smallest value, fewest characters, or fewest elements. */
  readonly min?: number
  /** Largest value, most characters, or most elements. */
  readonly max?: number
}

interface Unique {
  /** No two documents have the same value. */
  readonly unique?: boolean
}

interface Personal {
  /** The values are personal: copies of the environment get made-up ones. */
  readonly pii?: true
}

interface Matching {
  /** A regular expression (the subset of CloudBox CEL) that the whole text has to match. */
  readonly pattern?: string
}

export interface TextOptions extends Filled<string>, Listable, Unique, Matching {
  /** The values are personal, and what they are: copies of the environment get made-up ones. */
  readonly pii?: NonNullable<FieldDefinition['pii']>
}
export interface AddressOptions extends Filled<string>, Listable, Unique, Matching, Personal {}
export interface NumberOptions extends Filled<number>, Listable, Unique, Personal {}
export interface DecimalOptions extends Filled<number | string>, Listable, Unique, Personal {}
export interface BooleanOptions extends Filled<boolean>, Listable {}
export interface MomentOptions extends Filled<string>, Listable, Unique, Personal {}
export interface JsonOptions extends Common, Personal {
  readonly default?: unknown
}
export interface SelectOptions<Value extends string> extends Filled<Value>, Listable, Unique {}
export interface RelationOptions extends Filled<string>, Unique {
  /** What happens to this document when the one it points to is deleted; `restrict` unless told. */
  readonly onDelete?: 'restrict' | 'cascade' | 'setNull'
}
export interface FileOptions extends Filled<string>, Unique {}
export interface GeopointOptions extends Common, Personal {}

const common = ['required', 'computed', 'using']
const listable = ['list', 'min', 'max']

/** The options of each type, for those who write without types. */
export const knownOptions = {
  text: [...common, 'default', ...listable, 'unique', 'pattern', 'pii'],
  email: [...common, 'default', ...listable, 'unique', 'pattern', 'pii'],
  url: [...common, 'default', ...listable, 'unique', 'pattern', 'pii'],
  integer: [...common, 'default', ...listable, 'unique', 'pii'],
  number: [...common, 'default', ...listable, 'unique', 'pii'],
  decimal: [...common, 'default', ...listable, 'unique', 'pii'],
  boolean: [...common, 'default', ...listable],
  timestamp: [...common, 'default', ...listable, 'unique', 'pii'],
  date: [...common, 'default', ...listable, 'unique', 'pii'],
  json: [...common, 'default', 'pii'],
  uuid: [...common, 'default', ...listable, 'unique', 'pii'],
  select: [...common, 'default', ...listable, 'unique'],
  relation: [...common, 'default', 'unique', 'onDelete'],
  file: [...common, 'default', 'unique'],
  geopoint: [...common, 'pii'],
} as const satisfies Record<FieldDefinition['type'], readonly string[]>
