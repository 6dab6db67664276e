import type { ModelRow } from '../data/module.ts'
import type { AnswerRow, Effect } from './effect.ts'

/** Rows kept past the limit, so that a row that leaves can be replaced at once. */
export function spareRows(limit: number): number {
  return Math.max(10, Math.ceil(limit / 5))
}

/**
 * The first rows of a query's order: as many as its limit shows, and some to spare. What it holds is always the
 * beginning of the whole answer up to a bound; it never guesses what comes after.
 */
export class OrderWindow {
  readonly #limit: number
  readonly #compare: (a: ModelRow, b: ModelRow) => number
  readonly #rows: AnswerRow[]
  /** Every row of the answer up to here is held; undefined when the whole answer is. */
  #bound: ModelRow | undefined
  /** What the clients were told. */
  #shown: readonly AnswerRow[]

  /** Starts with the first rows of an answer, in any order; `isWhole` when there are no others. */
  constructor(
    limit: number,
    compare: (a: ModelRow, b: ModelRow) => number,
    rows: readonly AnswerRow[],
    isWhole: boolean,
  ) {
    this.#limit = limit
    this.#compare = compare
    this.#rows = rows.toSorted((a, b) => compare(a.model, b.model))
    this.#bound = isWhole ? undefined : this.#rows.at(-1)?.model
    this.#shown = this.#rows.slice(0, limit)
  }

  /** The rows clients see. */
  get shown(): readonly AnswerRow[] {
    return this.#shown
  }

  /** The spare rows are used up: it is time to read anew. */
  get isLow(): boolean {
    return this.#bound !== undefined && this.#rows.length <= this.#limit
  }

  /** Rows that clients should see are not known: some were removed, and those after the bound have not been read. */
  get isShort(): boolean {
    return this.#bound !== undefined && this.#rows.length < this.#limit
  }

  apply(effect: Effect): void {
    const at = this.#rows.findIndex(row => row.key === effect.key)
    if (at >= 0) this.#rows.splice(at, 1)
    if (effect.op === '-') return
    // Past the bound there may be unknown rows, so this one's place is not known.
    if (this.#bound !== undefined && this.#compare(effect.model, this.#bound) > 0) return
    const { key, json, model } = effect
    this.#rows.splice(this.#placeOf(model), 0, { key, json, model })
    if (this.#rows.length > this.#limit + spareRows(this.#limit)) {
      this.#rows.pop()
      this.#bound = this.#rows.at(-1)!.model
    }
  }

  /** What has changed for clients since the last call. */
  showChanges(): Effect[] {
    const before = this.#shown
    this.#shown = this.#rows.slice(0, this.#limit)
    return differences(before, this.#shown)
  }

  /** Index of the first row that sorts after it. */
  #placeOf(model: ModelRow): number {
    let low = 0
    let high = this.#rows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compare(this.#rows[middle]!.model, model) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** What leads from some rows to others: first those that leave, then those that enter or changed. */
export function differences(before: readonly AnswerRow[], after: readonly AnswerRow[]): Effect[] {
  const left = new Map(before.map(row => [row.key, row]))
  const entered: Effect[] = []
  for (const row of after) {
    const old = left.get(row.key)
    left.delete(row.key)
    if (old === undefined) entered.push({ op: '+', ...row })
    else if (old !== row && old.json !== row.json) entered.push({ op: '~', ...row })
  }
  return [...Array.from(left.keys(), (key): Effect => ({ op: '-', key })), ...entered]
}
