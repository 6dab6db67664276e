import type { DescribedField } from './described.ts'

/** A document's id in examples: a uuid v7 that no server makes. */
export const exampleId = '0198c0de-0000-7000-8000-000000000000'

const texts = new Map([
  ['title', 'Water the plants'],
  ['name', 'Ada Lovelace'],
  ['description', 'Both windows, twice a week'],
  ['city', 'Lisbon'],
  ['country', 'PT'],
])

/** A value a field could have, or undefined when none can be made up (a pattern of the author's own). */
export function exampleValue(field: DescribedField): unknown {
  const given = field.definition?.default
  if (given !== undefined && given !== null && !isExpression(given)) return given
  if (!field.list) return single(field)
  const element = single(field)
  if (element === undefined) return undefined
  const { min = 1, max = Infinity } = field.definition ?? {}
  return Array.from({ length: Math.min(Math.max(min, 1), max) }, () => element)
}

/** A default that is computed for every document: `{ cel: 'auth.uid' }`. */
export function isExpression(value: unknown): value is { readonly cel: unknown } {
  return typeof value === 'object' && value !== null && 'cel' in value
}

function single(field: DescribedField): unknown {
  const { min, max, pattern, options } = field.definition ?? {}
  if (pattern !== undefined) return undefined
  // The bounds of a list count its elements.
  const [least, most] = field.list ? [] : [min, max]
  switch (field.type) {
    case 'text':
      return fit(texts.get(field.name) ?? 'text', least, most)
    case 'email':
      return within('ada@example.com', least, most)
    case 'url':
      return within('https://example.com/', least, most)
    case 'file':
      return 'ada.png'
    case 'select':
      return options?.[0]
    case 'integer':
      return Math.round(clamp(3, least, most))
    case 'number':
      return clamp(4.5, least, most)
    case 'decimal':
      return String(clamp(12.5, least, most))
    case 'boolean':
      return true
    case 'timestamp':
      return '2026-01-31T12:00:00Z'
    case 'date':
      return '2026-01-31'
    case 'uuid':
    case 'relation':
      return exampleId
    case 'json':
      return { key: 'value' }
    case 'geopoint':
      return { lat: 38.72, lng: -9.14 }
  }
}

function clamp(value: number, min = -Infinity, max = Infinity): number {
  return Math.min(Math.max(value, min), max)
}

function fit(text: string, min = 0, max = Infinity): string {
  return text.repeat(Math.ceil(min / text.length) || 1).slice(0, Math.max(min, Math.min(text.length, max)))
}

/** An address cannot be made longer or shorter at will. */
function within(text: string, min = 0, max = Infinity): string | undefined {
  return text.length >= min && text.length <= max ? text : undefined
}
