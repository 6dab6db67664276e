import { and, isNever, or } from '@cloudbox/policy/bind'
import { headers } from '@cloudbox/protocol/http'
import { dataProblems } from '@cloudbox/protocol/data'
import type { Operation } from '@cloudbox/protocol/collection'
import type { Queryable } from '../../../kernel/db.ts'
import { toPgError } from '../../../kernel/pg-problem.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { Reply } from '../../../kernel/route.ts'
import type { Sql } from '../../../kernel/sql.ts'
import type { Collection, Field } from '../collection.ts'
import type { Representation, WriteRow } from './changed-sql.ts'
import { checkDocument, checkRequired, type IncomingDocument } from './check-document.ts'
import { fillDefaults } from './defaults.ts'
import { hasId, planOne, unknownDocument } from './get.ts'
import { insertSql } from './insert-sql.ts'
import { Mistakes } from './mistakes.ts'
import { parseQuery } from './parse-query.ts'
import { notAllowed, planWhole } from './plan-list.ts'
import { planShape } from './plan-shape.ts'
import type { Access } from './plan.ts'
import type { Query, Selection } from './query.ts'
import { deleteSql, updateSql } from './update-sql.ts'
import { upsertSql } from './upsert-sql.ts'

/** Documents one request may write. */
export const writeLimit = 10_000

/** A request to write, whatever kind. */
export interface WriteRequest {
  readonly collection: Collection
  readonly access: Access
  readonly queryText: string
  readonly body: unknown
  /** `Prefer: return=minimal`: the documents are not answered. */
  readonly isMinimal: boolean
}

/** Creates one document, or all of a list. */
export async function insert(request: WriteRequest, db: Queryable): Promise<Reply> {
  const { collection, body } = request
  const policy = policyOf(request, 'create')
  const representation = representationOf(request, planWrite(request, []).selection)
  const { complete } = readDocuments(request)
  if (complete.length === 0) return { status: 201, ...emptyReply(request) }
  const row = await runWrite(db, insertSql(complete, collection, policy, representation))
  refuse(row, collection, 'create', body)
  return { status: 201, ...answer(row, request, Array.isArray(body)) }
}

/** Creates documents, or changes those that are there, met by a unique field. */
export async function upsert(request: WriteRequest, db: Queryable): Promise<Reply> {
  const { collection, body } = request
  const create = policyOf(request, 'create')
  const update = policyOf(request, 'update')
  const query = planWrite(request, ['onConflict'])
  const representation = representationOf(request, query.selection)
  const key = keyOf(query.onConflict ?? 'id', collection)
  const { given, complete } = readDocuments(request, key)
  if (complete.length === 0) return emptyReply(request)
  const statement = upsertSql({ given, complete, collection, key, create, update, representation })
  // Someone may insert the same key between our look and our insert; the second try finds it.
  const row = await runWrite(db, statement).catch((error: unknown) => {
    if (toPgError(error)?.code === '23505') return runWrite(db, statement)
    throw error
  })
  refuse(row, collection, 'upsert', body)
  return answer(row, request, Array.isArray(body))
}

/** Changes the document with this id. */
export async function updateOne(id: string, request: WriteRequest, db: Queryable): Promise<Reply> {
  const { collection, access } = request
  const policy = policyOf(request, 'update')
  const shape = planOne(request.queryText, collection, access)
  const change = readChange(request)
  const filter = hasId(id, collection)
  const representation = withShape(request, shape)
  if (isEmpty(change)) {
    // Nothing to change is no mistake, but the document has to be there.
    const found = await runWrite(db, updateSql(touch, collection, policy, filter, representation))
    return one(found, id, request)
  }
  const row = await runWrite(db, updateSql(change, collection, policy, filter, representation))
  refuse(row, collection, 'update', {})
  return one(row, id, request)
}

/** Changes every document that matches; those the list policy hides cannot match. */
export async function updateMany(request: WriteRequest, db: Queryable): Promise<Reply> {
  const { collection } = request
  const policy = policyOf(request, 'update')
  const list = policyOf(request, 'list')
  const query = planWrite(request, [])
  const filter = and(list, filterOf(query, request))
  const change = readChange(request)
  const representation = representationOf(request, query.selection)
  if (isEmpty(change) || isNever(filter)) return emptyReply(request)
  const row = await runWrite(db, updateSql(change, collection, policy, filter, representation))
  refuse(row, collection, 'update', {})
  return answer(row, request, true)
}

/** Deletes the document with this id. */
export async function deleteOne(id: string, request: WriteRequest, db: Queryable): Promise<Reply> {
  const { collection, access } = request
  const policy = policyOf(request, 'delete')
  const shape = planOne(request.queryText, collection, access)
  const predicate = and(policy, hasId(id, collection))
  if (isNever(predicate)) throw unknownDocument(id, collection)
  const row = await runWrite(db, deleteSql(collection, predicate, withShape(request, shape)))
  return one(row, id, request)
}

/** Deletes every document that matches; those the list policy hides cannot match. */
export async function deleteMany(request: WriteRequest, db: Queryable): Promise<Reply> {
  const policy = policyOf(request, 'delete')
  const list = policyOf(request, 'list')
  const query = planWrite(request, [])
  const predicate = and(policy, list, filterOf(query, request))
  const representation = representationOf(request, query.selection)
  if (isNever(predicate)) return emptyReply(request)
  const row = await runWrite(db, deleteSql(request.collection, predicate, representation))
  return answer(row, request, true)
}

/** A change that sets nothing but tells whether the document is there. */
const touch: IncomingDocument = { values: new Map(), extra: {}, removed: [] }
const isEmpty = ({ values, extra, removed }: IncomingDocument) =>
  values.size === 0 && removed.length === 0 && Object.keys(extra).length === 0

async function runWrite(db: Queryable, statement: Sql): Promise<WriteRow> {
  const [row] = await db.query<WriteRow>(statement)
  return row!
}

/** Reads the query of a write. Filters and `select` may stand there, pages and orders may not. */
function planWrite(request: WriteRequest, allowed: readonly string[]): Query {
  const mistakes = new Mistakes()
  const query = parseQuery(request.queryText, mistakes)
  const { having, limit, after, count, onConflict } = query
  const others = { having, limit, after, count, onConflict, order: query.order.length > 0 || undefined }
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined && !allowed.includes(name))
      mistakes.add(`?${name}`, 'has no meaning for this method')
  }
  mistakes.throwIfAny()
  return query
}

function filterOf(query: Query, { collection, access }: WriteRequest) {
  if (query.filter === undefined && query.where === undefined)
    throw new Problem(
      dataProblems['filter-needed'],
      `This would change every document of ${collection.name}.`,
    )
  const mistakes = new Mistakes()
  const filter = planWhole(query, collection, access, mistakes)
  mistakes.throwIfAny()
  return filter
}

function policyOf({ collection, access }: WriteRequest, operation: Operation) {
  const policy = access.may(collection, operation)
  if (policy === undefined) throw notAllowed(collection, operation)
  return policy
}

function representationOf(request: WriteRequest, selection: Selection): Representation | undefined {
  const mistakes = new Mistakes()
  const shape = planShape(selection, request.collection, request.access, mistakes)
  mistakes.throwIfAny()
  return withShape(request, shape)
}

/** Whoever may read a document in one way or the other sees what became of it. */
function withShape({ isMinimal, collection, access }: WriteRequest, shape: Representation['shape']) {
  if (isMinimal) return undefined
  const ways = [access.may(collection, 'get'), access.may(collection, 'list')].filter(
    way => way !== undefined,
  )
  return { shape, visible: or(...ways) }
}

function readDocuments({ body, collection, access }: WriteRequest, key?: Field) {
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

function readChange({ body, collection }: WriteRequest): IncomingDocument {
  const mistakes = new Mistakes(dataProblems['invalid-document'])
  const change = checkDocument(body, collection, '', true, mistakes)
  mistakes.throwIfAny()
  return change
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

function refuse({ denied }: WriteRow, collection: Collection, operation: string, body: unknown): void {
  if (denied === null) return
  const isMany = Array.isArray(body)
  const which =
    operation === 'update' ? 'the changed document' : isMany ? `document ${denied}` : 'this document'
  const policies =
    operation === 'upsert' ? 'policies for create or update do' : `policy for ${operation} does`
  throw new Problem(
    dataProblems['not-allowed'],
    `${collection.name}: the ${policies} not allow ${which}. Nothing was written.`,
    isMany ? { errors: [{ at: `/${denied}`, message: `the ${policies} not allow it` }] } : {},
  )
}

function one(row: WriteRow, id: string, request: WriteRequest): Reply {
  if (row.changed === 0) throw unknownDocument(id, request.collection)
  return answer(row, request, false)
}

function answer(row: WriteRow, { isMinimal }: WriteRequest, isMany: boolean): Reply {
  const written = { [headers.commit]: row.commit, 'content-range': `*/${row.changed}` }
  if (isMinimal) return { headers: { ...written, 'preference-applied': 'return=minimal' }, status: 204 }
  const text = isMany ? `[${row.documents}]` : row.documents === '' ? 'null' : row.documents
  return { jsonText: text, headers: written }
}

function emptyReply({ isMinimal }: WriteRequest): Reply {
  return isMinimal
    ? { status: 204, headers: { 'preference-applied': 'return=minimal' } }
    : { jsonText: '[]', headers: { 'content-range': '*/0' } }
}
