/** One thing that is otherwise than before. */
export interface ValueChange {
  /** Where, as a JSON pointer; empty for the whole. */
  readonly at: string
  /** undefined: it was not there. */
  readonly before: unknown
  readonly after: unknown
}

/** How two JSON values differ, at the smallest places that do. Lists are compared as a whole. */
export function diffValues(before: unknown, after: unknown, at = ''): ValueChange[] {
  if (!isObject(before) || !isObject(after))
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ at, before, after }]
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.flatMap(name =>
    diffValues(before[name], after[name], `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value as it is read: text plain, everything else as JSON. */
export function valueText(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
