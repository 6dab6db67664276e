import type { Row } from './row.ts'

/** The order of a live query, as the server parsed it. */
export type Order = readonly (readonly [field: string, direction: 'asc' | 'desc'])[]

/**
 * Makes the comparison that sorts rows as Postgres does: absent values last (first when descending), false before
 * true, text by code point, ties by id. It only arranges what the server chose: decimals, which travel as text, sort
 * as text here.
 */
export function compareRows(order: Order): (a: Row, b: Row) => number {
  return (a, b) => {
    for (const [field, direction] of order) {
      const difference = compareValues(valueAt(a, field), valueAt(b, field))
      if (difference !== 0) return direction === 'desc' ? -difference : difference
    }
    return compareValues(a.id, b.id)
  }
}

/** Follows a path into json (`meta->>size`); a plain field is the usual case. */
function valueAt(row: Row, field: string): unknown {
  if (!field.includes('->')) return row[field]
  return field.split(/->>?/).reduce<unknown>((value, name) => (value as Row | null | undefined)?.[name], row)
}

/** Null and undefined are greater than everything, values of different types are kept apart by type. */
function compareValues(a: unknown, b: unknown): number {
  if (a === b) return 0
  const [rankA, rankB] = [rankOf(a), rankOf(b)]
  if (rankA !== rankB) return rankA - rankB
  if (typeof a === 'string') return compareText(a, b as string)
  if (typeof a === 'number' || typeof a === 'boolean') return Number(a) - Number(b)
  return a == null ? 0 : compareText(JSON.stringify(a), JSON.stringify(b))
}

function rankOf(value: unknown): number {
  if (value === null || value === undefined) return 9
  return { boolean: 1, number: 2, string: 3 }[typeof value as string] ?? 4
}

/**
 * Orders by code point, as Postgres' C collation does. JavaScript's `<` compares UTF-16 units, which puts emoji
 * (surrogates, D800–DFFF) before U+E000–U+FFFF: these two ranges are swapped.
 */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++)
    if (a.charCodeAt(at) !== b.charCodeAt(at)) return weightAt(a, at) - weightAt(b, at)
  return a.length - b.length
}

function weightAt(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  if (unit >= 0xd800 && unit <= 0xdfff) return unit + 0x10000
  // The Z that ends a timestamp: `…00Z` is before `…00.5Z`, though `Z` is after `.` and digits.
  const isZone = unit === 0x5a && at >= 19 && at === text.length - 1 && text[10] === 'T'
  return isZone ? 0 : unit
}
