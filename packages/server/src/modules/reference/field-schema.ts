import type { DescribedField, Json, Reader } from './described.ts'
import { isExpression } from './example-value.ts'
import type { FieldType } from '@cloudbox/protocol/collection'

/** Who reads, and which collections they know of: nothing else is named to them. */
export interface Sight {
  readonly reader: Reader
  readonly known: ReadonlySet<string>
}

/** The JSON Schema of a field as documents have it, or as they may be written. */
export function fieldSchema(field: DescribedField, use: 'read' | 'write', sight: Sight): Json {
  const schema = field.list
    ? { type: 'array', items: valueSchema(field, use), ...bounds(field, 'Items') }
    : valueSchema(field, use)
  const definition = field.definition
  const literal = definition?.default
  const isFilled = literal !== undefined && literal !== null
  const notes = [
    builtInNotes[field.name] !== undefined && field.builtIn ? builtInNotes[field.name] : undefined,
    relationNote(field, sight),
    field.unique && !field.builtIn ? 'No two documents have the same value.' : undefined,
    decimalNote(field),
    field.computed ? withText('Computed by the server', definition?.computed, sight) : undefined,
    field.managed ? 'Managed: no document writes it.' : undefined,
    definition?.pii === undefined ? undefined : 'Personal: copies of the environment get made-up values.',
    isExpression(literal) ? withText('Filled in on creation', literal.cel, sight) : undefined,
  ].filter(note => note !== undefined)
  return {
    ...(field.required ? schema : orNull(schema)),
    ...(notes.length === 0 ? {} : { description: notes.join(' ') }),
    ...(isFilled && !isExpression(literal) ? { default: literal } : {}),
    ...(isReadOnly(field) ? { readOnly: true } : {}),
  }
}

/** What a change may do to a field instead of setting it; undefined when it can only be set. */
export function operatorSchema(field: DescribedField): Json | undefined {
  const only = (operators: Json): Json => ({
    type: 'object',
    properties: operators,
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
  })
  const { list, type } = field
  if (list) {
    const items = { type: 'array', items: valueSchema(field, 'write') }
    return only({ $append: items, $union: items, $remove: items })
  }
  if (type === 'integer' || type === 'number') return only({ $increment: { type } })
  if (type === 'decimal') return only({ $increment: { type: ['string', 'number'] } })
  if (type === 'timestamp' || type === 'date') return only({ $now: { const: true } })
  return undefined
}

/** Made by the server: no request may carry it. An id may be chosen on creation. */
export function isReadOnly(field: DescribedField): boolean {
  return field.computed || field.managed || (field.builtIn && field.name !== 'id')
}

const builtInNotes: Readonly<Record<string, string>> = {
  id: 'Made by the server (uuid v7) unless given on creation.',
  createdAt: 'When the document was created.',
  updatedAt: 'When the document was last changed.',
}

function relationNote({ type, definition }: DescribedField, { known }: Sight): string | undefined {
  if (type !== 'relation') return undefined
  const to = definition?.to
  return to !== undefined && known.has(to) ? `Id of a document of \`${to}\`.` : 'Id of another document.'
}

function decimalNote({ type, list, definition }: DescribedField): string | undefined {
  if (type !== 'decimal') return undefined
  const { min, max } = list ? {} : (definition ?? {})
  const range = [min === undefined ? '' : `from ${min}`, max === undefined ? '' : `up to ${max}`]
  const shown = range.filter(part => part !== '').join(' ')
  return `An exact number, written as text${shown === '' ? '' : `, ${shown}`}.`
}

function withText(note: string, cel: unknown, { reader }: Sight): string {
  return reader === 'secret' && typeof cel === 'string' ? `${note}: \`${cel}\`.` : `${note}.`
}

function valueSchema(field: DescribedField, use: 'read' | 'write'): Json {
  const { type, definition } = field
  const pattern = definition?.pattern === undefined ? {} : { pattern: `^(?:${definition.pattern})$` }
  const length = field.list ? {} : bounds(field, 'Length')
  switch (type) {
    case 'text':
    case 'file':
      return { type: 'string', ...length, ...pattern }
    case 'email':
      return { type: 'string', format: 'email', ...length, ...pattern }
    case 'url':
      return { type: 'string', format: 'uri', ...length, ...pattern }
    case 'select':
      return { type: 'string', enum: definition?.options ?? [] }
    case 'integer':
    case 'number':
      return { ...plain[type], ...(field.list ? {} : bounds(field, 'imum')) }
    case 'decimal':
      return use === 'read' ? { type: 'string' } : { type: ['string', 'number'] }
    default:
      return plain[type]
  }
}

const degrees = (most: number) => ({ type: 'number', minimum: -most, maximum: most })
const plain: Readonly<Partial<Record<FieldType, Json>> & Record<PlainType, Json>> = {
  integer: { type: 'integer', format: 'int64' },
  number: { type: 'number', format: 'double' },
  boolean: { type: 'boolean' },
  timestamp: { type: 'string', format: 'date-time' },
  date: { type: 'string', format: 'date' },
  json: {},
  uuid: { type: 'string', format: 'uuid' },
  relation: { type: 'string', format: 'uuid' },
  geopoint: {
    type: 'object',
    properties: { lat: degrees(90), lng: degrees(180) },
    required: ['lat', 'lng'],
    additionalProperties: false,
  },
}
type PlainType =
  'integer' | 'number' | 'boolean' | 'timestamp' | 'date' | 'json' | 'uuid' | 'relation' | 'geopoint'

/** `min` and `max` under the names JSON Schema has for them: minItems, minLength, minimum. */
function bounds({ definition }: DescribedField, of: 'Items' | 'Length' | 'imum'): Json {
  return {
    ...(definition?.min === undefined ? {} : { [`min${of}`]: definition.min }),
    ...(definition?.max === undefined ? {} : { [`max${of}`]: definition.max }),
  }
}

/** The same schema, for a value that may be absent. Keywords of other types do not concern null, but `enum` does. */
function orNull(schema: Json): Json {
  if (schema.type === undefined) return schema
  return {
    ...schema,
    type: [schema.type, 'null'].flat(),
    ...(Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {}),
  }
}
