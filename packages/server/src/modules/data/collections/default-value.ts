import type { FieldDefinition } from '@cloudbox/protocol/collection'
import { fieldTraits, sqlTypeOf } from './field-types.ts'
import { quoteText } from './quote.ts'

/** A default that is computed for every insert: `{ cel: 'now' }`. */
export function expressionDefault(field: FieldDefinition): string | undefined {
  const value = field.default
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { cel, ...others } = value as Record<string, unknown>
  return typeof cel === 'string' && Object.keys(others).length === 0 ? cel : undefined
}

/** What is wrong with a literal default, or undefined when it is a value of the field. */
export function refuseDefault(field: FieldDefinition): string | undefined {
  const { default: value } = field
  if (!field.list) return refuseValue(field, value)
  if (!Array.isArray(value)) return 'the default of a list is an array'
  return value.map(element => refuseValue(field, element)).find(message => message !== undefined)
}

const dateText = /^(\d{4})-(\d\d)-(\d\d)$/
const timestampText = /^(\d{4}-\d\d-\d\d)[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)$/
const uuidText = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const smallest = -(2n ** 63n)
const largest = 2n ** 63n - 1n

function refuseValue(field: FieldDefinition, value: unknown): string | undefined {
  switch (field.type) {
    case 'select':
      return typeof value === 'string' && field.options?.includes(value)
        ? undefined
        : 'it is not one of the options'
    case 'text':
    case 'email':
    case 'url':
    case 'file':
      return typeof value === 'string' && value.isWellFormed() && !value.includes('\0')
        ? undefined
        : 'it has to be a text'
    case 'integer':
      return isInteger(value) ? undefined : 'it has to be a whole number'
    case 'number':
      return typeof value === 'number' ? undefined : 'it has to be a number'
    case 'decimal':
      return typeof value === 'number' ||
        (typeof value === 'string' && /^-?\d{1,100}(\.\d{1,100})?$/.test(value))
        ? undefined
        : 'it has to be a number, or a text such as "12.50"'
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'it has to be true or false'
    case 'timestamp': {
      const day = typeof value === 'string' ? timestampText.exec(value)?.[1] : undefined
      return day !== undefined && isDay(day) && !Number.isNaN(Date.parse(value as string))
        ? undefined
        : 'it has to be a time such as "2026-01-31T12:00:00Z"'
    }
    case 'date':
      return typeof value === 'string' && isDay(value) ? undefined : 'it has to be a day such as "2026-01-31"'
    case 'uuid':
    case 'relation':
      return typeof value === 'string' && uuidText.test(value) ? undefined : 'it has to be a uuid'
    case 'json':
      return value === null ? 'null means no default; leave it out' : undefined
    case 'geopoint':
      return 'a geopoint has no default'
  }
}

function isInteger(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value)
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) return false
  return BigInt(value) >= smallest && BigInt(value) <= largest
}

function isDay(text: string): boolean {
  const [, year, month, day] = dateText.exec(text) ?? []
  if (year === undefined) return false
  const date = new Date(`${text}T00:00:00Z`)
  return (
    !Number.isNaN(date.getTime()) &&
    date.getUTCMonth() + 1 === Number(month) &&
    date.getUTCDate() === Number(day)
  )
}

/**
 * The default Postgres itself fills in, as SQL. An expression over the caller is computed by the server on insert,
 * except those two a direct SQL connection can compute too.
 */
export function defaultSql(field: FieldDefinition): string | undefined {
  if (field.default === undefined) return undefined
  const cel = expressionDefault(field)?.trim()
  if (cel === 'now') return 'now()'
  if (cel === 'auth.uid' && sqlTypeOf(field) === 'text') return 'cb.uid()'
  if (cel !== undefined) return undefined
  const type = sqlTypeOf(field)
  if (!field.list) return `${literalOf(field, field.default)}::${type}`
  const elements = (field.default as unknown[]).map(element => literalOf(field, element))
  return `array[${elements.join(', ')}]::${type}`
}

function literalOf(field: FieldDefinition, value: unknown): string {
  return quoteText(fieldTraits[field.type].value === 'json' ? JSON.stringify(value) : String(value))
}
