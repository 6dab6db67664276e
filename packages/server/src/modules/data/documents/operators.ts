import { fieldTraits } from '../collections/field-types.ts'
import type { Collection, Field } from '../collection.ts'
import type { IncomingDocument } from './check-document.ts'
import { boundsRefusal, Refusal, valueReader, type ReadValue } from './check-value.ts'
import type { Mistakes } from './mistakes.ts'

/** What a change does to the stored value of a field, instead of setting it. */
export type OperatorName = '$increment' | '$append' | '$union' | '$remove'

/** An object whose only key begins with `$`. */
export interface Operation {
  readonly name: string
  readonly operand: unknown
}

const known = ['$increment', '$append', '$union', '$remove', '$now', '$set']

/** The operation a value is; undefined for a plain value. */
export function operationOf(value: unknown): Operation | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  let name: string | undefined
  for (const key in value) {
    if (name !== undefined || key.charCodeAt(0) !== dollar) return undefined
    name = key
  }
  return name === undefined ? undefined : { name, operand: (value as Record<string, unknown>)[name] }
}

const dollar = 36

/** Reads what an operation does to a field into the document, or tells what is wrong with it. */
export function readOperation(
  { name, operand }: Operation,
  field: Field | undefined,
  at: string,
  document: IncomingDocument,
  mistakes: Mistakes,
): void {
  if (!known.includes(name)) {
    mistakes.add(
      at,
      `there is no operator ${name.slice(0, 60)}`,
      `operators: ${known.join(', ')}; { "$set": … } stores such an object`,
    )
    return
  }
  if (field === undefined) {
    mistakes.add(
      at,
      `${name} needs a field of the collection`,
      'an unknown field has no type to compute with',
    )
    return
  }
  const place = `${at}/${name}`
  if (!fits(name, field)) {
    mistakes.add(at, `a ${field.list ? 'list of ' : ''}${field.type} takes no ${name}`, takers[name])
    return
  }
  // Whatever is wrong, the field was given: it is not missing.
  document.values.set(field.column, undefined)
  if (name === '$now') {
    if (operand !== true) mistakes.add(place, 'is true', 'write { "$now": true }')
    // Postgres reads these words as the time of the transaction.
    document.values.set(field.column, field.type === 'date' ? 'today' : 'now')
    return
  }
  const read = operand === null ? new Refusal('an operator needs a value') : operandReader(field)(operand)
  if (read instanceof Refusal) {
    mistakes.add(`${place}${read.at}`, read.message, read.hint)
    return
  }
  document.values.set(field.column, read)
  document.operators ??= new Map()
  document.operators.set(field.column, name as OperatorName)
}

const takers: Readonly<Record<string, string>> = {
  $increment: 'fields of type integer, number and decimal do',
  $append: 'lists do',
  $union: 'lists do',
  $remove: 'lists do',
  $now: 'fields of type timestamp and date do',
}

function fits(name: string, { type, list }: Field): boolean {
  if (name === '$increment') return !list && fieldTraits[type].bounds === 'value'
  if (name === '$now') return !list && (type === 'timestamp' || type === 'date')
  return list
}

const readers = new WeakMap<Field, ReadValue>()

/** Reads an operand: a value of the field's type, whose bounds hold for the result alone. */
function operandReader(field: Field): ReadValue {
  let read = readers.get(field)
  if (read === undefined) {
    const { min: _min, max: _max, ...definition } = field.definition!
    read = valueReader({ ...field, definition })
    readers.set(field, read)
  }
  return read
}

/**
 * Replaces operands by what the operators make of nothing: of 0, or of an empty list.
 *
 * @param at The document's place, when bounds are to be told now; a document that may be there is for Postgres to judge.
 */
export function applyToNothing(
  { values, operators }: IncomingDocument,
  collection: Collection,
  at: string | undefined,
  mistakes: Mistakes,
): void {
  for (const [column, name] of operators ?? []) {
    const operand = values.get(column)
    const result = name === '$remove' ? [] : name === '$union' ? [...new Set(operand as unknown[])] : operand
    values.set(column, result)
    const field = collection.fields.get(column)!
    const { min, max } = field.definition ?? {}
    if (at === undefined) continue
    const refusal = Array.isArray(result)
      ? boundsRefusal(result.length, min, max, 'elements')
      : valueReader(field)(result)
    if (refusal instanceof Refusal) mistakes.add(`${at}/${field.name}`, refusal.message, refusal.hint)
  }
}
