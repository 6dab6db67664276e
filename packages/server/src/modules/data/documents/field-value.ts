import { parseDecimal } from '@cloudbox/policy/decimal'
import { literal, type Node, type Type } from '@cloudbox/policy/ir'
import { parseDate, parseTimestamp } from '@cloudbox/policy/time'

/** What a value of each type looks like, for whoever wrote another. */
const examples: Readonly<Record<string, string>> = {
  int: 'a whole number such as 42',
  double: 'a number such as 4.2',
  decimal: 'a decimal number such as 9.99',
  bool: 'true or false',
  uuid: 'an id such as 0198c0de-0000-7000-8000-000000000000',
  timestamp: 'a time such as 2026-01-31T12:00:00Z',
  date: 'a date such as 2026-01-31',
}
const number = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,4})?$/
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** A value written in a query as a literal of the expression language; else what is wrong with it. */
export function readValue(text: string, type: Type): Node | { readonly mistake: string } {
  const value = parse(text, type)
  if (value !== undefined) return literal(type, value)
  return { mistake: `'${text.slice(0, 60)}' is not ${examples[type] ?? `a ${type}`}` }
}

function parse(text: string, type: Type): unknown {
  switch (type) {
    case 'string':
      return text
    case 'int': {
      if (!/^[-+]?\d{1,30}$/.test(text)) return undefined
      const value = Number(text)
      return Number.isSafeInteger(value) ? value : BigInt(text.replace(/^\+/, ''))
    }
    case 'double':
      return readNumber(text)
    case 'decimal':
      return number.test(text) ? parseDecimal(text.replace(/^\+/, '')) : undefined
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'uuid': {
      const lower = text.toLowerCase()
      return uuid.test(lower) ? lower : undefined
    }
    case 'timestamp':
      return parseTimestamp(completeTimestamp(text))
    case 'date':
      return parseDate(text)
    default:
      return undefined
  }
}

/** A number as people and JSON write it; undefined when it is none. */
export function readNumber(text: string): number | undefined {
  if (!number.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

/** A day is its first moment, a time without zone is UTC, and a '+' that became a space in a URL is put back. */
function completeTimestamp(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return `${text}T00:00:00Z`
  const plus = text.replace(/ (?=\d\d(?::?\d\d)?$)(?<=T.* )/, '+').replace(' ', 'T')
  const timed = /T\d\d:\d\d(?:[zZ]|[-+]|$)/.test(plus) ? plus.replace(/(T\d\d:\d\d)/, '$1:00') : plus
  return /(?:[zZ]|[-+]\d\d(?::?\d\d)?)$/.test(timed) ? timed : `${timed}Z`
}
