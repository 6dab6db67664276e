import type { SetLookup } from './lookups.ts'
import type { Row } from './schema.ts'
import { toClosure } from './to-closure.ts'

/**
 * The values of a lookup, counted, and kept from the changes of its table. Fed in commit order it is exact at every
 * position of the change stream. A lookup that is not linked to the document holds `true` while any row counts.
 */
export class LookupSet {
  readonly lookup: SetLookup
  readonly #counts = new Map<unknown, number>()
  readonly #isCounted: (row: Row) => boolean

  constructor(lookup: SetLookup, matches: (row: Row) => boolean = toClosure(lookup.where)) {
    this.lookup = lookup
    this.#isCounted = matches
  }

  get size(): number {
    return this.#counts.size
  }

  has(value: unknown): boolean {
    return value !== undefined && this.#counts.has(value)
  }

  values(): Iterable<unknown> {
    return this.#counts.keys()
  }

  /** Adds `count` rows with this value, as the first reading of the set does. */
  load(value: unknown, count: number): void {
    if (value !== undefined) this.#counts.set(value, this.count(value) + count)
  }

  /** Applies one change of the lookup table; says which values came into the set and which went out of it. */
  change(before: Row | undefined, after: Row | undefined): { added: unknown[]; removed: unknown[] } {
    const old = this.valueOf(before)
    const now = this.valueOf(after)
    if (old === now) return { added: [], removed: [] }
    const removed = old !== undefined && this.#step(old, -1) === 0 ? [old] : []
    const added = now !== undefined && this.#step(now, 1) === 1 ? [now] : []
    return { added, removed }
  }

  /** How many rows have a value. */
  count(value: unknown): number {
    return this.#counts.get(value) ?? 0
  }

  /** The value a row of the lookup table adds to the set; undefined when it adds none. */
  valueOf(row: Row | undefined): unknown {
    if (row === undefined || !this.#isCounted(row)) return undefined
    return this.lookup.column === undefined ? true : row[this.lookup.column]
  }

  #step(value: unknown, by: 1 | -1): number {
    const count = this.count(value) + by
    if (count > 0) this.#counts.set(value, count)
    else this.#counts.delete(value)
    return count
  }
}
