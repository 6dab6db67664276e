import type { FieldDefinition } from '@cloudbox/protocol/collection'
import type { FileRecord } from './read-file.ts'

const looked = 2000

type Kind = FieldDefinition['type']

/** What kind of field the values of a column would fit; text where they say nothing else. */
export function inferField(column: string, records: readonly FileRecord[]): FieldDefinition {
  const kinds = new Set<Kind>()
  let lists = 0
  let count = 0
  for (const { cells } of records.slice(0, looked)) {
    const value = valueIn(cells[column])
    if (value === undefined || value === null || value === '') continue
    count++
    if (Array.isArray(value)) {
      lists++
      for (const item of value) kinds.add(kindOf(item))
    } else kinds.add(kindOf(value))
  }
  if (count === 0) return { type: 'text' }
  if (lists > 0) {
    const type = joined(kinds)
    return lists === count && type !== 'json' ? { type, list: true } : { type: 'json' }
  }
  return { type: joined(kinds) }
}

function valueIn(cell: FileRecord['cells'][string] | undefined): unknown {
  if (cell === undefined) return undefined
  if ('value' in cell) return cell.value
  if (cell.isQuoted || !/^\s*[[{]/.test(cell.text)) return cell.text
  try {
    return JSON.parse(cell.text)
  } catch {
    return cell.text
  }
}

function kindOf(value: unknown): Kind {
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'number'
  if (typeof value !== 'string') return 'json'
  const text = value.trim()
  if (/^(true|false)$/i.test(text)) return 'boolean'
  // A leading zero is part of a number of a telephone or a house, not of one to count with.
  if (/^-?(0|[1-9]\d{0,14})$/.test(text)) return 'integer'
  if (/^-?(0|[1-9]\d*)?\.\d+$/.test(text)) return 'number'
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return 'date'
  if (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text) && !Number.isNaN(Date.parse(text))) return 'timestamp'
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)) return 'uuid'
  if (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)) return 'email'
  return 'text'
}

/** The kind that takes all of these. */
function joined(kinds: ReadonlySet<Kind>): Kind {
  const [only] = kinds
  if (kinds.size === 1) return only!
  const all = (...some: Kind[]) => [...kinds].every(kind => some.includes(kind))
  if (all('integer', 'number')) return 'number'
  if (all('date', 'timestamp')) return 'timestamp'
  return kinds.has('json') ? 'json' : 'text'
}
