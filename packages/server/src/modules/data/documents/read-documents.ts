import { dataProblems } from '@cloudbox/protocol/data'
import { Problem } from '../../../kernel/problem.ts'
import type { Field } from '../collection.ts'
import { checkDocument, checkRequired, type IncomingDocument } from './check-document.ts'
import { fillDefaults } from './defaults.ts'
import { Mistakes } from './mistakes.ts'
import { applyToNothing } from './operators.ts'
import type { WriteRequest } from './write-request.ts'

/** Documents one request may write. */
export const writeLimit = 10_000

/** The documents of a body, as they came and with their defaults. */
export interface IncomingDocuments {
  readonly given: readonly IncomingDocument[]
  readonly complete: readonly IncomingDocument[]
}

export interface ReadOptions {
  /** The unique field that documents which are there are met by. */
  readonly key?: Field
  /** Nothing is there before: operators apply to nothing, within the bounds of their fields. */
  readonly isInsert?: boolean
}

/** Reads new documents. */
export function readDocuments(
  { body, collection, access }: WriteRequest,
  { key, isInsert = false }: ReadOptions,
): IncomingDocuments {
  const inputs: unknown[] = Array.isArray(body) ? body : [body]
  if (inputs.length > writeLimit)
    throw new Problem(
      dataProblems['too-many-rows'],
      `${inputs.length} documents came, ${writeLimit} are the most for one request.`,
      { hint: 'Send them in several requests.' },
    )
  const mistakes = new Mistakes(dataProblems['invalid-document'])
  const given: IncomingDocument[] = []
  const complete: IncomingDocument[] = []
  const seen = new Map<string, number>()
  inputs.forEach((input, i) => {
    const at = Array.isArray(body) ? `/${i}` : ''
    const document = checkDocument(input, collection, at, false, mistakes)
    if (document.values.get('id') === null) mistakes.add(`${at}/id`, 'is an id, or left out')
    given.push(document)
    const filled = { ...document, values: new Map(document.values) }
    if (document.operators !== undefined)
      applyToNothing(filled, collection, isInsert ? at : undefined, mistakes)
    fillDefaults(filled, collection, access.bindings)
    checkRequired(filled, collection, at, mistakes)
    complete.push(filled)
    if (key !== undefined && key.name !== 'id' && (document.values.get(key.column) ?? null) === null)
      mistakes.add(`${at}/${key.name}`, 'is needed to find the document')
    const met = key === undefined ? undefined : document.values.get(key.column)
    if (met === undefined || met === null) return
    const same = seen.get(String(met))
    if (same !== undefined)
      mistakes.add(`${at}/${key!.name}`, `is the same as in /${same}`, 'send each document once')
    seen.set(String(met), i)
  })
  mistakes.throwIfAny()
  return { given, complete }
}

/** Reads what a change sets. */
export function readChange({ body, collection }: WriteRequest): IncomingDocument {
  const mistakes = new Mistakes(dataProblems['invalid-document'])
  const change = checkDocument(body, collection, '', true, mistakes)
  mistakes.throwIfAny()
  return change
}
