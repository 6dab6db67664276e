import { keyOf, type Row } from './row.ts'
import type { DocumentChange } from './snapshot.ts'

type Compare = (a: Row, b: Row) => number

/** Up to here moving rows one by one is cheaper than sorting all of them. */
const fewSteps = 64

/** Applies changes to sorted rows, into a new array. */
export function arrange(
  sorted: readonly Row[],
  steps: readonly DocumentChange<Row>[],
  compare: Compare,
): readonly Row[] {
  const added = steps.flatMap(({ type, doc }) => (type === 'removed' ? [] : [doc]))
  if (steps.length > fewSteps) {
    const touched = new Set(steps.map(({ doc }) => keyOf(doc)))
    return [...sorted.filter(row => !touched.has(keyOf(row))), ...added].sort(compare)
  }
  const rows = [...sorted]
  for (const { old } of steps) if (old !== undefined) rows.splice(placeOf(old, rows, compare), 1)
  for (const doc of added) rows.splice(insertionPoint(doc, rows, compare), 0, doc)
  return rows
}

/** Where a row is. Searched in vain only when somebody wrote into a snapshot's documents. */
function placeOf(row: Row, rows: readonly Row[], compare: Compare): number {
  const place = insertionPoint(row, rows, compare)
  return rows[place] === row ? place : rows.indexOf(row)
}

/** The first place whose row does not come before this one. */
function insertionPoint(row: Row, rows: readonly Row[], compare: Compare): number {
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(rows[middle] as Row, row) < 0) low = middle + 1
    else high = middle
  }
  return low
}
