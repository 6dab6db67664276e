import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { sqlTypeOf } from './field-types.ts'

/** What happens to each field between two definitions under the same names. */
export interface FieldPlan {
  readonly added: readonly string[]
  readonly dropped: readonly string[]
  /** In both. */
  readonly kept: readonly string[]
  /** Kept, stored, and of another Postgres type or with other values. */
  readonly retyped: ReadonlySet<string>
  /** Kept and computed, but its column has to be made anew. */
  readonly rebuilt: ReadonlySet<string>
}

export function planFields(
  before: CollectionDefinition,
  after: CollectionDefinition,
  using: ReadonlyMap<string, string> = new Map(),
): FieldPlan {
  const names = Object.keys(after.fields)
  const kept = names.filter(name => Object.hasOwn(before.fields, name))
  const isRetyped = (name: string): boolean =>
    sqlTypeOf(before.fields[name]!) !== sqlTypeOf(after.fields[name]!)
  const isComputed = (name: string): boolean => after.fields[name]!.computed !== undefined
  const retyped = new Set(kept.filter(name => !isComputed(name) && (using.has(name) || isRetyped(name))))
  // Postgres changes no column that another one is computed from; what is computed can be computed again.
  const rebuilt = new Set(kept.filter(name => isComputed(name) && (retyped.size > 0 || isRetyped(name))))
  return {
    added: names.filter(name => !kept.includes(name)),
    dropped: Object.keys(before.fields).filter(name => !Object.hasOwn(after.fields, name)),
    kept,
    retyped,
    rebuilt,
  }
}
