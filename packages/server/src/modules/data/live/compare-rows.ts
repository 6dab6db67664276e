import { compareDecimals } from '@cloudbox/policy/decimal'
import { doubleLess } from '@cloudbox/policy/numbers'
import { compareText } from '@cloudbox/policy/text'
import { fieldTraits } from '../collections/field-types.ts'
import type { Field } from '../collection.ts'
import type { ModelRow } from './live-query.ts'

type Compare = (a: never, b: never) => number

/** Text as Postgres orders it by code point, doubles with NaN above all, decimals exactly. */
const compareByType: Partial<Record<string, Compare>> = {
  string: compareText as Compare,
  uuid: compareText as Compare,
  decimal: compareDecimals as Compare,
  double: ((a: number, b: number) => (doubleLess(a, b) ? -1 : doubleLess(b, a) ? 1 : 0)) as Compare,
}
const comparePlain = ((a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0)) as Compare

/** Compares rows as `order by …, id` does: absent values come last going up and first going down. */
export function rowComparer(
  order: readonly (readonly [field: Field, direction: 'asc' | 'desc'])[],
): (a: ModelRow, b: ModelRow) => number {
  const terms = order.map(([{ column, type }, direction]) => ({
    column,
    compare: compareByType[fieldTraits[type].value] ?? comparePlain,
    sign: direction === 'asc' ? 1 : -1,
  }))
  return (a, b) => {
    for (const { column, compare, sign } of terms) {
      const [x, y] = [a[column], b[column]]
      const isAbsent = Number(x === undefined) - Number(y === undefined)
      const difference = isAbsent !== 0 ? isAbsent : x === undefined ? 0 : compare(x as never, y as never)
      if (difference !== 0) return difference * sign
    }
    return compareText(String(a.id), String(b.id))
  }
}
