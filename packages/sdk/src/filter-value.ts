/** The part after `field=` in a query string, before percent-encoding: `eq.1`, `in.(1,2)`, `is.null`. */
export function encodeFilter(operator: string, value: unknown): string {
  if (operator.startsWith('not.')) return `not.${encodeFilter(operator.slice(4), value)}`
  // SQL's `= null` is never true; who writes eq(x, null) means "is absent".
  if (value === null && operator === 'eq') return 'is.null'
  if (value === null && operator === 'neq') return 'not.is.null'
  if (Array.isArray(value)) return `${operator}.(${value.map(encodeElement).join(',')})`
  const text = encodeScalar(value)
  // Quotes around the whole would be taken for syntax; inside more quotes they are text.
  return `${operator}.${/^"[^]*"$/.test(text) ? quote(text) : text}`
}

/** The same inside a group, where a comma or bracket would end it. */
export function encodeInGroup(operator: string, value: unknown): string {
  if (value === null || typeof value === 'boolean' || Array.isArray(value))
    return encodeFilter(operator, value)
  return `${operator}.${encodeElement(value)}`
}

/** A Date stands for its ISO text, a RegExp for its source. */
function encodeScalar(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  return value instanceof RegExp ? value.source : String(value)
}

/** Quotes what would read as syntax, or as something else than text: empty, padded, or the word null. */
function encodeElement(value: unknown): string {
  const text = encodeScalar(value)
  const isPlain = /^[^,(){}"\\\s]+$/.test(text) && !(typeof value === 'string' && /^null$/i.test(text))
  return isPlain ? text : quote(text)
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`
}
