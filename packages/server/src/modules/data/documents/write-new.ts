import { dataProblems } from '@cloudbox/protocol/data'
import { toPgError } from '../../../kernel/pg-problem.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, raw, sql, type Statement } from '../../../kernel/sql.ts'
import type { Reply } from '../../../kernel/route.ts'
import { sqlTypeOf } from '../collections/field-types.ts'
import type { Collection, Field } from '../collection.ts'
import { isEmptyDocument } from './check-document.ts'
import { insertSql, type Insert } from './insert-sql.ts'
import { Mistakes } from './mistakes.ts'
import { PlanCache } from './plan-cache.ts'
import { changedMeanwhile, unchangedSql } from './precondition.ts'
import type { Selection } from './query.ts'
import { quickInsert, type WritePlan } from './quick-write.ts'
import { readDocuments } from './read-documents.ts'
import { updateSql } from './update-sql.ts'
import { upsertSql } from './upsert-sql.ts'
import {
  answer,
  isSilent,
  planWrite,
  policyOf,
  refuse,
  refuseSystemWrite,
  representationOf,
  type PreparedWrite,
  type WriteRequest,
} from './write-request.ts'

/** Creates one document, or all of a list; `resolution` says what becomes of those that are there. */
export function prepareInsert(request: WriteRequest): PreparedWrite {
  const { resolution } = request.prefer
  refuseSystemWrite(request.collection, 'create')
  if (resolution === 'merge-duplicates') return prepareUpsert(request)
  return resolution === 'ignore-duplicates' ? prepareIgnoring(request) : prepareCreation(request, [])
}

/** Creates documents, or changes those that are there, met by a unique field. */
export function prepareUpsert(request: WriteRequest): PreparedWrite {
  const { collection, body, prefer, precondition } = request
  refuseSystemWrite(collection, 'create')
  if (precondition.ifMatch !== undefined) return prepareReplacement(request)
  if (precondition.isCreateOnly) return prepareCreation(request, ['onConflict'])
  if (prefer.resolution === 'ignore-duplicates') return prepareIgnoring(request)
  const create = policyOf(request, 'create')
  const update = policyOf(request, 'update')
  const query = planWrite(request, ['onConflict'])
  const representation = representationOf(request, query.selection)
  const key = keyOf(query.onConflict ?? 'id', collection)
  const { given, complete } = readDocuments(request, { key })
  return {
    maxAffected: prefer.maxAffected,
    statement:
      complete.length === 0
        ? undefined
        : upsertSql({ given, complete, collection, key, create, update, representation }),
    read(row) {
      refuse(row, collection, 'upsert', body)
      return answer(row, request, { isMany: Array.isArray(body) })
    },
  }
}

/** An upsert that creates only: the documents that are there are left alone and not answered. */
function prepareIgnoring(request: WriteRequest): PreparedWrite {
  const policy = policyOf(request, 'create')
  const query = planWrite(request, ['onConflict'])
  const representation = representationOf(request, query.selection)
  const key = keyOf(query.onConflict ?? 'id', request.collection)
  const documents = readDocuments(request, { key }).complete
  return creation(request, { policy, documents, representation, ignoring: key })
}

function prepareCreation(request: WriteRequest, allowed: readonly string[]): PreparedWrite {
  if (!request.precondition.isCreateOnly) return preparePlainCreation(request)
  const query = planWrite(request, allowed)
  const plan = planCreation(request, query.selection)
  const documents = readDocuments(request, { isInsert: true }).complete
  const prepared = creation(request, { ...plan, documents })
  onlyDocument(request, 'if-none-match')
  const key = keyOf(query.onConflict ?? 'id', request.collection)
  return { ...prepared, explain: error => (isTaken(error, key) ? existsAlready(key, error) : error) }
}

const plans = new PlanCache<WritePlan>()

function preparePlainCreation(request: WriteRequest): PreparedWrite {
  const { collection, access, queryText, body } = request
  const plan = plans.get(collection, access, `${isSilent(request)} ${queryText}`, () =>
    planCreation(request, planWrite(request, []).selection),
  )
  const documents = readDocuments(request, { isInsert: true }).complete
  const { policy, representation } = plan
  const quick = Array.isArray(body) ? undefined : quickInsert(documents[0]!, collection, plan)
  return creation(request, { policy, representation, documents }, quick)
}

function planCreation(request: WriteRequest, selection: Selection): WritePlan {
  const policy = policyOf(request, 'create')
  return { policy, representation: representationOf(request, selection), templates: new Map() }
}

function creation(
  request: WriteRequest,
  { policy, documents, representation, ignoring }: Omit<Insert, 'collection'>,
  quick?: Statement,
): PreparedWrite {
  const { collection, body, prefer } = request
  const isMany = Array.isArray(body)
  return {
    maxAffected: prefer.maxAffected,
    get statement() {
      if (documents.length === 0) return undefined
      return insertSql({ documents, collection, policy, representation, ignoring })
    },
    quick,
    read(row) {
      refuse(row, collection, 'create', body)
      const reply = answer(row, request, { isMany })
      // All of them were there, and are left alone.
      if (row?.changed === 0) return reply
      if (prefer.return !== 'headers-only' || isMany) return created(reply)
      const location = `${collection.name}/${String(documents[0]!.values.get('id'))}`
      return { ...reply, status: 201, body: '', headers: { ...reply.headers, location } }
    },
  }
}

const created = (reply: Reply): Reply => (reply.status === undefined ? { ...reply, status: 201 } : reply)

/** A PUT with If-Match never creates: it changes the one document that has the key, if it is still the same. */
function prepareReplacement(request: WriteRequest): PreparedWrite {
  const { collection, prefer, precondition } = request
  const policy = policyOf(request, 'update')
  const query = planWrite(request, ['onConflict'])
  const representation = representationOf(request, query.selection)
  const key = keyOf(query.onConflict ?? 'id', collection)
  onlyDocument(request, 'if-match')
  const [document] = readDocuments(request, { key }).given
  const value = document!.values.get(key.column)
  const mistakes = new Mistakes(dataProblems['invalid-document'])
  if (value === undefined) mistakes.add(`/${key.name}`, 'is needed to find the document')
  mistakes.throwIfAny()
  const values = new Map(document!.values)
  values.delete('id')
  const isKey = sql`d.${id(key.column)} = ${value}::${typeSql(key)}`
  const change = { ...document!, values }
  const conditions = [isKey, unchangedSql('d', precondition.ifMatch!)]
  const isMany = Array.isArray(request.body)
  return {
    maxAffected: prefer.maxAffected,
    statement: updateSql({ change, collection, policy, conditions, representation }),
    read(row) {
      refuse(row, collection, 'update', {})
      // Whether it is there is for those to know who may see it, so both are one answer.
      if (row?.changed === 0) throw changedMeanwhile(`The document with this ${key.name}`)
      return answer(row, request, { isMany, hasVersion: !isMany && !isEmptyDocument(change) })
    },
  }
}

const typeSql = (field: Field) => raw(sqlTypeOf(field))

function onlyDocument({ body }: WriteRequest, at: string): void {
  if (!Array.isArray(body) || body.length === 1) return
  throw new Problem(dataProblems['invalid-precondition'], `${at} is for one document, ${body.length} came.`, {
    errors: [{ at, message: 'is for one document' }],
  })
}

function isTaken(error: unknown, { column }: Field): boolean {
  const pg = toPgError(error)
  return pg?.code === '23505' && /^Key \("?(.+?)"?\)=/.exec(pg.detail ?? '')?.[1] === column
}

function existsAlready({ name }: Field, cause: unknown): Problem {
  return new Problem(dataProblems['exists-already'], `There is a document with this ${name} already.`, {
    hint: 'Leave If-None-Match out to change it.',
    cause,
  })
}

function keyOf(name: string, collection: Collection): Field {
  const field = collection.fields.get(name)
  if (field !== undefined && field.unique && !field.list) return field
  const unique = [...collection.fields.values()].filter(known => known.unique).map(known => known.name)
  const mistakes = new Mistakes()
  mistakes.add(
    '?onConflict',
    field === undefined ? `${collection.name} has no field '${name}'` : `'${name}' is not unique`,
    `unique fields: ${unique.join(', ')}`,
  )
  mistakes.throwIfAny()
  return field!
}
