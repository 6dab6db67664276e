import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'

/** A document as somebody might write it: what is needed, and a few fields more. */
export function sampleDocument({ fields }: Pick<CollectionDefinition, 'fields'>): Record<string, unknown> {
  const writable = Object.entries(fields).filter(([, { computed }]) => computed === undefined)
  const needed = writable.filter(([, one]) => one.required === true && one.default === undefined)
  const others = writable.filter(
    ([, { required, default: value, type }]) =>
      required !== true && value === undefined && type !== 'relation',
  )
  const picked = new Set(
    [...needed, ...others.slice(0, Math.max(0, 3 - needed.length))].map(([name]) => name),
  )
  // In the author's order; a collection of nothing but defaults shows its first field.
  if (picked.size === 0 && writable[0] !== undefined) picked.add(writable[0][0])
  return Object.fromEntries(
    writable.filter(([name]) => picked.has(name)).map(([name, one]) => [name, sampleValue(name, one)]),
  )
}

/** A value the field takes. */
function sampleValue(name: string, { type, list, options, min }: FieldDefinition): unknown {
  const one = sampleOf(name, type, options?.[0], min ?? 0)
  return list ? [one] : one
}

function sampleOf(name: string, type: FieldDefinition['type'], option = '', min = 0): unknown {
  switch (type) {
    case 'integer':
      return Math.max(1, Math.ceil(min))
    case 'number':
      return Math.max(1.5, min)
    case 'decimal':
      return String(Math.max(9.99, min))
    case 'boolean':
      return true
    case 'timestamp':
      return '2026-01-31T12:00:00Z'
    case 'date':
      return '2026-01-31'
    case 'json':
      return { key: 'value' }
    case 'uuid':
    case 'relation':
      return '00000000-0000-4000-8000-000000000000'
    case 'email':
      return 'ada@example.com'
    case 'url':
      return 'https://example.com'
    case 'select':
      return option
    case 'geopoint':
      return { lat: 47.5, lng: 9.2 }
    case 'text':
    case 'file':
      return `A ${name}`.padEnd(min, '.')
  }
}
