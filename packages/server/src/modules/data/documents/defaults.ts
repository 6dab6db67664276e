import { bind, type Bindings } from '@cloudbox/policy/bind'
import { check } from '@cloudbox/policy/check'
import type { Checked } from '@cloudbox/policy/checked'
import { elementOf, isList, type Type } from '@cloudbox/policy/ir'
import { encodeDate, encodeTimestamp } from '@cloudbox/policy/time'
import { uuidV7 } from '../../../lib/uuid-v7.ts'
import { expressionDefault } from '../collections/default-value.ts'
import { fieldTraits } from '../collections/field-types.ts'
import type { Collection, Field } from '../collection.ts'
import type { IncomingDocument } from './check-document.ts'
import { Refusal, valueReader } from './check-value.ts'

type Default = { readonly column: string } & (
  { readonly value: unknown } | { readonly checked: Checked; readonly type: Type }
)

const known = new WeakMap<Collection, readonly Default[]>()

/** Fills in the id and the defaults of what a new document leaves out. */
export function fillDefaults({ values }: IncomingDocument, collection: Collection, bindings: Bindings): void {
  if (!values.has('id')) values.set('id', uuidV7())
  for (const fallback of defaultsOf(collection)) {
    if (values.has(fallback.column)) continue
    const value = 'value' in fallback ? fallback.value : compute(fallback.checked, fallback.type, bindings)
    if (value !== undefined) values.set(fallback.column, value)
  }
}

function defaultsOf(collection: Collection): readonly Default[] {
  let defaults = known.get(collection)
  if (defaults === undefined) {
    defaults = [...collection.fields.values()].flatMap(readDefault)
    known.set(collection, defaults)
  }
  return defaults
}

function readDefault(field: Field): Default[] {
  const { definition, column } = field
  if (definition?.default === undefined || field.computed) return []
  const cel = expressionDefault(definition)
  if (cel === undefined) {
    const value = valueReader(field)(definition.default)
    // It was checked when the collection was saved; what a later version of that check let through is left out.
    return value instanceof Refusal ? [] : [{ column, value }]
  }
  const scalar = fieldTraits[field.type].value
  const type: Type = field.list ? `list<${scalar}>` : scalar
  return [{ column, checked: check(cel, { expects: type }), type }]
}

/** The value of an expression over the caller; absent when the caller lacks what it reads. */
function compute(checked: Checked, type: Type, bindings: Bindings): unknown {
  const { node } = bind(checked, bindings)
  return node.op === 'literal' ? toJson(type, node.value) : undefined
}

/** A model value in the form Postgres reads it from JSON. */
function toJson(type: Type, value: unknown): unknown {
  if (value === undefined || value === null) return undefined
  if (isList(type)) return (value as unknown[]).map(item => toJson(elementOf(type), item) ?? null)
  if (type === 'timestamp') return encodeTimestamp(value as number)
  if (type === 'date') return encodeDate(value as number)
  return typeof value === 'bigint' ? String(value) : value
}
