/** True, false, or undefined for unknown. */
export type Truth = boolean | undefined

/** Conjunction: false decides, else unknown prevails. */
export function allTrue(truths: readonly Truth[]): Truth {
  return truths.includes(false) ? false : truths.includes(undefined) ? undefined : true
}

/** Disjunction: true decides, else unknown prevails. */
export function anyTrue(truths: readonly Truth[]): Truth {
  return truths.includes(true) ? true : truths.includes(undefined) ? undefined : false
}

/** `needle in items`: an OR of equalities, so false of an empty list and unknown when only absent items are left. */
export function isAmong(needle: unknown, items: readonly unknown[] | undefined): Truth {
  if (items === undefined) return undefined
  if (items.length === 0) return false
  if (needle === undefined) return undefined
  // includes() is SameValueZero: NaN equals itself as in Postgres, and 0 equals -0.
  if (items.includes(needle)) return true
  return items.includes(undefined) ? undefined : false
}
