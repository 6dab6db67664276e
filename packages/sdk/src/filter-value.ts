/** Writes one value as it stands in a query string, before percent-encoding. */
export function encodeScalar(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  if (value instanceof RegExp) return value.source
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

/** Writes a list as `(a,"b,c")`. */
export function encodeList(values: readonly unknown[]): string {
  return `(${values.map(quoteElement).join(',')})`
}

/** Writes what `contains`, `containedBy` and `overlaps` compare with: `{a,b}` for a list, JSON for an object. */
export function encodeContainer(value: unknown): string {
  return Array.isArray(value) ? `{${value.map(quoteElement).join(',')}}` : encodeScalar(value)
}

/** Quotes what would read as syntax, or as something else than text: empty, padded, or the word null. */
function quoteElement(value: unknown): string {
  const text = encodeScalar(value)
  const isPlain =
    !/[,(){}"\\\s]/.test(text) && text !== '' && !(typeof value === 'string' && /^null$/i.test(text))
  return isPlain ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`
}

/** The part after `field=`: `eq.1`, `in.(1,2)`, `is.null`. */
export function encodeFilter(operator: string, value: unknown): string {
  if (operator.startsWith('not.')) return `not.${encodeFilter(operator.slice(4), value)}`
  // SQL's `= null` is never true; who writes eq(x, null) means "is absent".
  if (value === null && operator === 'eq') return 'is.null'
  if (value === null && operator === 'neq') return 'not.is.null'
  if (operator === 'in') return `in.${encodeList(Array.isArray(value) ? value : [value])}`
  if (operator === 'contains' || operator === 'containedBy' || operator === 'overlaps')
    return `${operator}.${encodeContainer(value)}`
  return `${operator}.${encodeScalar(value)}`
}
