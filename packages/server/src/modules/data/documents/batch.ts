import type { BatchOperation, BatchRequest } from '@cloudbox/protocol/batch'
import { dataProblems } from '@cloudbox/protocol/data'
import { headers as named } from '@cloudbox/protocol/http'
import type { Caller } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import { isWorthRetrying, toProblem } from '../../../kernel/pg-problem.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { Reply } from '../../../kernel/route.ts'
import type { Collections } from '../collection.ts'
import { explain, findCollection } from './answering.ts'
import { prepareCheck } from './check-operation.ts'
import { Mistakes } from './mistakes.ts'
import type { Access } from './plan.ts'
import { readPrecondition } from './precondition.ts'
import { readPrefer } from './prefer.ts'
import { writeLimit } from './read-documents.ts'
import { runWrite } from './run-write.ts'
import { prepareDeleteMany, prepareDeleteOne, prepareUpdateMany, prepareUpdateOne } from './write-change.ts'
import { prepareInsert, prepareUpsert } from './write-new.ts'
import type { PreparedWrite, WriteRequest } from './write-request.ts'

export interface BatchContext {
  readonly all: Collections
  readonly access: Access
  readonly caller: Caller
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/**
 * Checks every operation of a batch and gives what runs them, in order, in one transaction. Each is judged as its own
 * request would be.
 *
 * @throws Problem of the first operation that cannot be, with its place
 */
export function prepareBatch(
  { operations }: BatchRequest,
  context: BatchContext,
): (tx: Tx) => Promise<Reply> {
  limitDocuments(operations)
  const prepared = operations.map((operation, i) => at(i, () => prepare(operation, context)))
  return async tx => {
    const replies: Reply[] = []
    for (const [i, one] of prepared.entries()) {
      replies.push(
        await runWrite(one, tx).catch((error: unknown) => {
          throw placed(error, i)
        }),
      )
    }
    const commit = replies.find(({ headers }) => headers?.[named.commit])?.headers?.[named.commit]
    return {
      jsonText: `{"results":[${replies.map(resultText).join(',')}]}`,
      headers: commit === undefined ? {} : { [named.commit]: commit },
    }
  }
}

function limitDocuments(operations: readonly BatchOperation[]): void {
  const count = operations.reduce((sum, { data }) => sum + (Array.isArray(data) ? data.length : 1), 0)
  if (count > writeLimit)
    throw new Problem(
      dataProblems['too-many-rows'],
      `${count} documents came, ${writeLimit} are the most for one batch.`,
    )
}

/** The parts of an operation that make sense for it. */
const takes: Readonly<Record<BatchOperation['op'], readonly string[]>> = {
  insert: ['query', 'data', 'select', 'onConflict', 'prefer'],
  upsert: ['query', 'data', 'select', 'onConflict', 'ifMatch', 'ifNoneMatch', 'prefer'],
  update: ['id', 'query', 'where', 'data', 'select', 'ifMatch', 'prefer'],
  delete: ['id', 'query', 'where', 'select', 'ifMatch', 'prefer'],
  check: ['id', 'query', 'where', 'ifMatch'],
}

function prepare(operation: BatchOperation, { all, access, caller, headers }: BatchContext): PreparedWrite {
  const { op, collection, id, ifMatch, ifNoneMatch } = operation
  const mistakes = new Mistakes(dataProblems['invalid-batch'])
  for (const [name, value] of Object.entries(operation)) {
    if (value !== undefined && name !== 'op' && name !== 'collection' && !takes[op].includes(name))
      mistakes.add(`/${name}`, `means nothing for ${op}`)
  }
  if (operation.data === undefined && takes[op].includes('data')) mistakes.add('/data', 'is missing')
  mistakes.throwIfAny()
  const isNew = op === 'insert' || op === 'upsert'
  const request: WriteRequest = {
    collection: findCollection(collection, all, caller),
    access,
    queryText: queryOf(operation),
    body: operation.data,
    prefer: readPrefer(
      operation.prefer ?? headers.prefer,
      isNew ? ['return', 'max-affected', 'resolution'] : ['return', 'max-affected'],
    ),
    precondition: readPrecondition(
      { 'if-match': ifMatch === undefined ? undefined : quoted(ifMatch), 'if-none-match': ifNoneMatch },
      op === 'upsert' ? 'put' : id === undefined ? 'none' : 'one',
    ),
  }
  switch (op) {
    case 'insert':
      return prepareInsert(request)
    case 'upsert':
      return prepareUpsert(request)
    case 'update':
      return id === undefined ? prepareUpdateMany(request) : prepareUpdateOne(id, request)
    case 'delete':
      return id === undefined ? prepareDeleteMany(request) : prepareDeleteOne(id, request)
    case 'check':
      return prepareCheck(id, request)
  }
}

function queryOf({ query, where, select, onConflict }: BatchOperation): string {
  const parts = Object.entries({ where, select, onConflict }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  return [...(query ? [query] : []), ...parts].join('&')
}

/** In JSON an etag or a time goes without the quotes of the header, too. */
const quoted = (text: string): string => (/^[*"]|^W\//.test(text.trim()) ? text : `"${text}"`)

function at<T>(place: number, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw placed(error, place)
  }
}

/** The problem of one operation, told with its place; what is worth another try stays what it is. */
function placed(error: unknown, i: number): unknown {
  if (isWorthRetrying(error)) return error
  const known = explain(error)
  const problem = known instanceof Problem ? known : toProblem(known)
  if (problem === undefined) return error
  const { kind, message, hint, errors, headers } = problem
  const place = `/operations/${i}`
  return new Problem(kind, `operations[${i}]: ${message}`, {
    hint,
    errors: errors?.map(one => ({ ...one, at: place + within(one.at) })) ?? [{ at: place, message }],
    headers,
    cause: problem.cause,
  })
}

const within = (at: string): string => (at === '/' ? '' : /^[/?]/.test(at) ? at : `/${at}`)

function resultText({ status = 200, headers = {}, jsonText }: Reply): string {
  const { etag, 'content-range': range = '*/0' } = headers
  const data = jsonText === undefined ? '' : `,"data":${jsonText}`
  const version = etag === undefined ? '' : `,"etag":${JSON.stringify(etag)}`
  return `{"status":${status},"count":${Number(range.slice(2))}${data}${version}}`
}
