import { parseRegex, regexText } from '@cloudbox/policy/regex'
import type { FieldDefinition } from '@cloudbox/protocol/collection'
import { fieldTraits } from './field-types.ts'
import { partName } from './names.ts'
import { quote, quoteText } from './quote.ts'

/** What a CHECK of a field is about. */
export type CheckKind = 'min' | 'max' | 'pattern' | 'options' | 'email' | 'url' | 'list'

/** A CHECK constraint of one field. It is true or unknown for an absent value. */
export interface FieldCheck {
  readonly field: string
  readonly kind: CheckKind
  /** The constraint's name: `title.min`. */
  readonly name: string
  readonly condition: string
}

const addressPattern = '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$'
const urlPattern = '^[A-Za-z][A-Za-z0-9+.-]*://[^\\s]+$'

/** The CHECK constraints of a field. */
export function fieldChecks(name: string, field: FieldDefinition): FieldCheck[] {
  const column = quote(name)
  const checks: Partial<Record<CheckKind, string>> = {}
  const size = field.list
    ? `cardinality(${column})`
    : fieldTraits[field.type].bounds === 'length'
      ? `char_length(${column})`
      : column
  if (field.list) checks.list = `array_ndims(${column}) = 1 and array_lower(${column}, 1) = 1`
  if (field.min !== undefined) checks.min = `${size} >= ${bound(field, field.min)}`
  if (field.max !== undefined) checks.max = `${size} <= ${bound(field, field.max)}`
  if (field.pattern !== undefined) {
    const regex = parseRegex(`^(${field.pattern})$`)
    if ('mistake' in regex) throw new Error(`pattern of ${name} was not checked: ${regex.mistake}`)
    checks.pattern = `${column} ~ ${quoteText(regexText(regex))}`
  }
  if (field.options !== undefined) {
    const options = `array[${field.options.map(quoteText).join(', ')}]::text[]`
    checks.options = field.list ? `${column} <@ ${options}` : `${column} = any (${options})`
  }
  if (field.type === 'email') checks.email = matches(column, addressPattern, field.list)
  if (field.type === 'url') checks.url = matches(column, urlPattern, field.list)
  return Object.entries(checks).map(([kind, condition]) => ({
    field: name,
    kind: kind as CheckKind,
    name: partName(name, kind),
    condition,
  }))
}

function bound({ type, list }: FieldDefinition, value: number): string {
  const isCount = list === true || fieldTraits[type].bounds === 'length'
  return isCount ? String(value) : `${quoteText(String(value))}::${fieldTraits[type].sql}`
}

function matches(column: string, pattern: string, list = false): string {
  return list ? `cb.every_matches(${column}, ${quoteText(pattern)})` : `${column} ~ ${quoteText(pattern)}`
}
