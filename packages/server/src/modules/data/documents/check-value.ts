import { compareDecimals, parseDecimal } from '@cloudbox/policy/decimal'
import { matcherOf } from '@cloudbox/policy/match-regex'
import { isStorable, parseUuid, textSize } from '@cloudbox/policy/text'
import { encodeTimestamp, parseDate, parseTimestamp } from '@cloudbox/policy/time'
import { closestName } from '../../../lib/closest-name.ts'
import type { Field } from '../collection.ts'

/** What is wrong with a value; `at` is a pointer inside it. */
export class Refusal {
  readonly message: string
  readonly hint: string | undefined
  readonly at: string
  constructor(message: string, hint?: string, at = '') {
    this.message = message
    this.hint = hint
    this.at = at
  }
}

/** Reads a present JSON value of a field: in the form Postgres takes it inside JSON, or why it cannot. */
export type ReadValue = (value: unknown) => unknown

/** JSON deeper than this is refused. */
const jsonDepth = 64
/** Elements of one list; `cb.within_elements` keeps it for lists that grow. */
const listElements = 10_000

const emailPattern = /^[^@\s]+@[^@\s]+\.[^@\s]+$/
const urlPattern = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^\s]+$/

/** The reader of a field: type, bounds, pattern and options at once. */
export function valueReader(field: Field): ReadValue {
  if (!field.list) return scalarReader(field, true)
  const read = scalarReader(field, false)
  const { min, max } = field.definition ?? {}
  return value => {
    if (!Array.isArray(value)) return new Refusal(`expected a list, got ${kindOf(value)}`)
    if (value.length > listElements) return new Refusal(`has more than ${listElements} elements`)
    const count = boundsRefusal(value.length, min, max, 'elements')
    if (count !== undefined) return count
    const items: unknown[] = []
    for (const [i, element] of value.entries()) {
      const item = element === null ? new Refusal('a list has no empty places') : read(element)
      if (item instanceof Refusal) return new Refusal(item.message, item.hint, `/${i}${item.at}`)
      items.push(item)
    }
    return items
  }
}

function scalarReader(field: Field, withBounds: boolean): ReadValue {
  const { min, max, options } = withBounds
    ? (field.definition ?? {})
    : { ...field.definition, min: undefined, max: undefined }
  switch (field.type) {
    case 'text':
    case 'file':
    case 'email':
    case 'url':
    case 'select':
      return textReader(field, min, max, options)
    case 'integer':
      return value => {
        if (typeof value !== 'number' || !Number.isInteger(value))
          return new Refusal(`expected a whole number, got ${kindOf(value)}`)
        if (!Number.isSafeInteger(value))
          return new Refusal('is outside ±9007199254740991, where numbers stay exact')
        return boundsRefusal(value, min, max) ?? value + 0
      }
    case 'number':
      return value => {
        if (typeof value !== 'number') return new Refusal(`expected a number, got ${kindOf(value)}`)
        if (!Number.isFinite(value)) return new Refusal('is too large for a number')
        return boundsRefusal(value, min, max) ?? value
      }
    case 'decimal':
      return value => {
        const text = typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
        const decimal = text === undefined || /^[-+]?(?:nan|inf)/i.test(text) ? undefined : parseDecimal(text)
        if (decimal === undefined)
          return new Refusal(`expected a decimal such as "9.99", got ${kindOf(value)}`)
        if (decimal.length > 1000) return new Refusal('has more than 1000 digits')
        return decimalBounds(decimal, min, max) ?? text!.trim().replace(/^\+/, '')
      }
    case 'boolean':
      return value =>
        typeof value === 'boolean' ? value : new Refusal(`expected true or false, got ${kindOf(value)}`)
    case 'timestamp':
      return value => {
        const us = typeof value === 'string' ? parseTimestamp(value) : undefined
        return us === undefined
          ? new Refusal(`expected a time such as "2026-01-31T12:00:00Z", got ${kindOf(value)}`)
          : encodeTimestamp(us)
      }
    case 'date':
      return value =>
        typeof value === 'string' && parseDate(value) !== undefined
          ? value
          : new Refusal(`expected a date such as "2026-01-31", got ${kindOf(value)}`)
    case 'uuid':
    case 'relation':
      return value => {
        const uuid = typeof value === 'string' ? parseUuid(value) : undefined
        if (uuid !== undefined) return uuid
        const what = field.type === 'relation' ? `the id of a document of ${field.definition?.to}` : 'a uuid'
        return new Refusal(`expected ${what}, got ${kindOf(value)}`)
      }
    case 'geopoint':
      return readGeopoint
    case 'json':
      return value => jsonRefusal(value, '', 0) ?? value
  }
}

function textReader(
  { type, definition }: Field,
  min: number | undefined,
  max: number | undefined,
  options: readonly string[] | undefined,
): ReadValue {
  const matches = definition?.pattern === undefined ? undefined : matcherOf(`^(${definition.pattern})$`)
  return value => {
    if (typeof value !== 'string') return new Refusal(`expected a text, got ${kindOf(value)}`)
    if (!isStorable(value)) return new Refusal('has a NUL character or half a character pair')
    if (options !== undefined && !options.includes(value)) {
      const close = closestName(value, options)
      return new Refusal(
        `'${value.slice(0, 60)}' is not one of the options`,
        close === undefined ? `options: ${options.slice(0, 20).join(', ')}` : `did you mean '${close}'?`,
      )
    }
    if (min !== undefined || max !== undefined) {
      const size = boundsRefusal(textSize(value), min, max, 'characters')
      if (size !== undefined) return size
    }
    if (matches !== undefined && !matches(value))
      return new Refusal(`does not match the pattern ${definition!.pattern}`)
    if (type === 'email' && !emailPattern.test(value)) return new Refusal('is not an email address')
    if (type === 'url' && !urlPattern.test(value)) return new Refusal('is not a URL', 'write https://…')
    return value
  }
}

export function boundsRefusal(
  value: number,
  min: number | undefined,
  max: number | undefined,
  unit?: string,
): Refusal | undefined {
  const of = unit === undefined ? '' : ` ${unit}`
  if (min !== undefined && value < min) return new Refusal(`has to be at least ${min}${of}, got ${value}`)
  if (max !== undefined && value > max) return new Refusal(`has to be at most ${max}${of}, got ${value}`)
  return undefined
}

function decimalBounds(value: string, min: number | undefined, max: number | undefined): Refusal | undefined {
  const compare = (bound: number) => compareDecimals(value, parseDecimal(String(bound))!)
  if (min !== undefined && compare(min) < 0) return new Refusal(`has to be at least ${min}, got ${value}`)
  if (max !== undefined && compare(max) > 0) return new Refusal(`has to be at most ${max}, got ${value}`)
  return undefined
}

function readGeopoint(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return new Refusal(`expected { "lat": …, "lng": … }, got ${kindOf(value)}`)
  const { lat, lng, ...others } = value as Record<string, unknown>
  const [other] = Object.keys(others)
  if (other !== undefined)
    return new Refusal(`a geopoint has no '${other}'`, 'write { "lat": …, "lng": … }', `/${other}`)
  if (typeof lat !== 'number' || lat < -90 || lat > 90)
    return new Refusal('has to be from -90 to 90', undefined, '/lat')
  if (typeof lng !== 'number' || lng < -180 || lng > 180)
    return new Refusal('has to be from -180 to 180', undefined, '/lng')
  return `(${lng},${lat})`
}

/** What Postgres cannot keep in jsonb, or undefined. */
export function jsonRefusal(value: unknown, at: string, depth: number): Refusal | undefined {
  if (typeof value === 'string')
    return isStorable(value)
      ? undefined
      : new Refusal('has a NUL character or half a character pair', undefined, at)
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : new Refusal('is too large for a number', undefined, at)
  if (typeof value !== 'object' || value === null) return undefined
  if (depth >= jsonDepth) return new Refusal(`nests deeper than ${jsonDepth}`, undefined, at)
  for (const [key, inner] of Object.entries(value)) {
    const place = `${at}/${pointerPart(key)}`
    if (!isStorable(key))
      return new Refusal('a key has a NUL character or half a character pair', undefined, at)
    const refusal = jsonRefusal(inner, place, depth + 1)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

/** One part of a JSON pointer (RFC 6901). */
export function pointerPart(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`
  return typeof value === 'object' ? 'an object' : String(value)
}
