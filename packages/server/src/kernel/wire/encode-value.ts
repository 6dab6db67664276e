/** A value as Postgres reads it from text; null is NULL. Objects are JSON, lists are arrays of the server. */
export function encodeValue(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return null
  if (typeof value !== 'object') return String(value)
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`
  if (value instanceof Date) return value.toISOString()
  return Array.isArray(value) ? `{${value.map(encodeElement).join(',')}}` : JSON.stringify(value)
}

function encodeElement(element: unknown): string {
  const text = encodeValue(element)
  if (text === null) return 'NULL'
  return Array.isArray(element) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
}
