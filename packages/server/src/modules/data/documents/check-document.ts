import { closestName } from '../../../lib/closest-name.ts'
import { extraColumn, type Collection, type Field } from '../collection.ts'
import { jsonRefusal, pointerPart, Refusal, valueReader, type ReadValue } from './check-value.ts'
import type { Mistakes } from './mistakes.ts'
import { operationOf, readOperation, type OperatorName } from './operators.ts'

/** The values of one incoming document by column, in the form Postgres reads them from JSON; null clears. */
export interface IncomingDocument {
  readonly values: Map<string, unknown>
  /** Unknown fields of a flexible collection. */
  readonly extra: Record<string, unknown>
  /** Those of them that are cleared. */
  readonly removed: string[]
  /** Columns whose value is no new value but what an operator does to the old one. */
  operators?: Map<string, OperatorName>
}

const readers = new WeakMap<Collection, ReadonlyMap<string, ReadValue>>()

function readersOf(collection: Collection): ReadonlyMap<string, ReadValue> {
  let known = readers.get(collection)
  if (known === undefined) {
    known = new Map([...collection.fields.values()].map(field => [field.name, valueReader(field)]))
    readers.set(collection, known)
  }
  return known
}

/** Whether a document says nothing: as a change it leaves everything as it is. */
export function isEmptyDocument({ values, extra, removed }: IncomingDocument): boolean {
  return values.size === 0 && removed.length === 0 && Object.keys(extra).length === 0
}

/**
 * Checks a document before any SQL, telling every mistake with its JSON pointer below `at`. Whether required fields
 * are there is asked once defaults are in, see {@link checkRequired}.
 *
 * @param idIsFixed The address names the document already.
 */
export function checkDocument(
  input: unknown,
  collection: Collection,
  at: string,
  idIsFixed: boolean,
  mistakes: Mistakes,
): IncomingDocument {
  const document: IncomingDocument = { values: new Map(), extra: {}, removed: [] }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    mistakes.add(at || '/', 'a document is an object', 'send { "field": value }')
    return document
  }
  const knownReaders = readersOf(collection)
  for (const name of Object.keys(input)) {
    const sent = (input as Record<string, unknown>)[name]
    if (sent === undefined) continue
    // Told only when it is needed: documents come by the thousand.
    const place = () => `${at}/${pointerPart(name)}`
    const field = collection.fields.get(name)
    if (field !== undefined && isRefused(field, idIsFixed)) {
      refuseWrite(field, collection, place(), mistakes)
      continue
    }
    const operation = operationOf(sent)
    if (operation !== undefined && operation.name !== '$set') {
      readOperation(operation, field, place(), document, mistakes)
      continue
    }
    const value = operation === undefined ? sent : operation.operand
    if (field === undefined) readUnknown(name, value, place(), collection, document, mistakes)
    else if (value === null) {
      if (field.required) mistakes.add(place(), 'is required and cannot be null')
      document.values.set(field.column, null)
    } else {
      const read = knownReaders.get(name)!(value)
      if (read instanceof Refusal) mistakes.add(place() + read.at, read.message, read.hint)
      // What is refused was given all the same: it is not missing, and no default takes its place.
      document.values.set(field.column, read instanceof Refusal ? undefined : read)
    }
  }
  return document
}

/** Tells which required fields an insert leaves out. */
export function checkRequired(
  { values }: IncomingDocument,
  collection: Collection,
  at: string,
  mistakes: Mistakes,
): void {
  for (const field of collection.fields.values()) {
    if (field.required && !field.builtIn && !field.computed && !values.has(field.column))
      mistakes.add(`${at}/${field.name}`, 'is required')
  }
}

function isRefused({ computed, managed, builtIn, name }: Field, idIsFixed: boolean): boolean {
  return computed || managed || (builtIn && (idIsFixed || name !== 'id'))
}

function refuseWrite(
  { computed, managed, name }: Field,
  { system }: Collection,
  at: string,
  mistakes: Mistakes,
): void {
  if (managed) mistakes.add(at, `managed by ${system!.owner}`, `use ${system!.ways.change}`)
  else if (computed) mistakes.add(at, 'is computed from other fields', 'leave it out')
  else if (name === 'id') mistakes.add(at, 'the id of a document never changes', 'leave it out')
  else mistakes.add(at, 'is kept by the server', 'leave it out')
}

function readUnknown(
  name: string,
  value: unknown,
  at: string,
  collection: Collection,
  document: IncomingDocument,
  mistakes: Mistakes,
): void {
  if (!collection.flexible) {
    const close = closestName(name, collection.fields.keys())
    mistakes.add(
      at,
      `${collection.name} has no field '${name.slice(0, 60)}'`,
      close === undefined
        ? 'add the field to the collection, or make it flexible'
        : `did you mean '${close}'?`,
    )
    return
  }
  if (name === '' || name.length > 200 || ['created_at', 'updated_at', extraColumn].includes(name)) {
    mistakes.add(at, 'no field can have this name')
    return
  }
  const refusal = jsonRefusal({ [name]: value }, at.slice(0, at.lastIndexOf('/')), 0)
  if (refusal !== undefined) mistakes.add(refusal.at, refusal.message, refusal.hint)
  else if (value === null) document.removed.push(name)
  else
    Object.defineProperty(document.extra, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
}
