import { isText, type Column } from './columns.ts'

/** What was typed, as a value; or why it is none. */
export type ParsedCell = { readonly value: unknown } | { readonly mistake: string }

/** A value as the grid shows it, in one line; empty for nothing. */
export function showCell(value: unknown, { type, list }: Pick<Column, 'type' | 'list'>): string {
  if (value === null || value === undefined) return ''
  if (list && Array.isArray(value))
    return value.map(item => (item === null ? 'null' : String(item))).join(', ')
  if (type === 'geopoint' && typeof value === 'object') {
    const { lat, lng } = value as { lat: number; lng: number }
    return `${lat}, ${lng}`
  }
  if (type === 'timestamp' && typeof value === 'string') return showTime(value)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** `2026-11-29 21:26:08` in UTC, without parts that say nothing. */
function showTime(text: string): string {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(?:Z|\+00:?(?:00)?)$/.exec(text)
  return match ? `${match[1]} ${match[2]}` : text
}

/** A value as it stands in the field that edits it. */
export function editText(value: unknown, column: Pick<Column, 'type' | 'list'>): string {
  if (value === null || value === undefined) return ''
  if (column.list || column.type === 'json' || column.type === 'geopoint')
    return JSON.stringify(value, null, 2)
  return column.type === 'timestamp' ? showTime(String(value)) : String(value)
}

const wholes = /^-?\d+$/

/** Reads what was typed. Nothing typed is no value; an empty text is typed as `""`. What the server alone knows it says. */
export function parseCell(typed: string, column: Pick<Column, 'type' | 'list'>): ParsedCell {
  const { type, list } = column
  const text = isText(column) && !list ? typed : typed.trim()
  if (text === '') return { value: null }
  if (list || type === 'json' || type === 'geopoint') return parseJson(text, list)
  switch (type) {
    case 'integer':
      return wholes.test(text) && Number.isSafeInteger(Number(text))
        ? { value: Number(text) }
        : { mistake: 'A whole number, such as 42.' }
    case 'number':
      return Number.isFinite(Number(text)) ? { value: Number(text) } : { mistake: 'A number, such as 3.14.' }
    case 'decimal':
      return /^-?\d*\.?\d+$/.test(text) ? { value: text } : { mistake: 'A decimal number, such as 9.99.' }
    case 'boolean':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : { mistake: 'true or false.' }
    case 'timestamp':
      return Number.isNaN(Date.parse(text))
        ? { mistake: 'A time in UTC, such as 2026-01-31 12:00.' }
        : {
            value: /[zZ]|[+-]\d\d:?\d\d$/.test(text)
              ? text
              : `${text.replace(' ', 'T')}${/\d:\d/.test(text) ? 'Z' : ''}`,
          }
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(text) ? { value: text } : { mistake: 'A day, such as 2026-01-31.' }
    default:
      return { value: text === '""' ? '' : text }
  }
}

function parseJson(text: string, list: boolean): ParsedCell {
  try {
    const value: unknown = JSON.parse(text)
    if (list && value !== null && !Array.isArray(value)) return { mistake: 'A list, such as ["a", "b"].' }
    return { value }
  } catch (error) {
    return { mistake: `This is no JSON: ${(error as Error).message}` }
  }
}

/** Whether two values are the same to a reader. */
export function isSameValue(a: unknown, b: unknown): boolean {
  return (a ?? null) === (b ?? null) || JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
}
