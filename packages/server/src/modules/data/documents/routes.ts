import type { CodedProblem } from '@cloudbox/protocol/problem'
import { dataProblems } from '@cloudbox/protocol/data'
import { headers } from '@cloudbox/protocol/http'
import { policyProblems } from '@cloudbox/protocol/policy'
import type { Caller, Environment } from '../../../kernel/caller.ts'
import type { Database } from '../../../kernel/db.ts'
import { isWorthRetrying, toPgError } from '../../../kernel/pg-problem.ts'
import { Problem } from '../../../kernel/problem.ts'
import { route, type Reply, type Route } from '../../../kernel/route.ts'
import { unknownCollection, type Catalog } from '../collections/catalog.ts'
import { policySet } from '../collections/policy-set.ts'
import type { Collection } from '../collection.ts'
import type { DataConfig } from '../config.ts'
import { accessOf } from './access.ts'
import { createExport } from './export.ts'
import { readExportFormat } from './export-format.ts'
import { get, prepareGet, type PreparedGet } from './get.ts'
import { list, prepareList, type PreparedList } from './list.ts'
import { PlanCache } from './plan-cache.ts'
import { planList } from './plan-list.ts'
import type { Access } from './plan.ts'
import { policyReport } from './policy-report.ts'
import { deleteMany, deleteOne, insert, updateMany, updateOne, upsert, type WriteRequest } from './write.ts'

export interface DocumentDeps {
  readonly db: Database
  readonly catalog: Catalog
  readonly config: DataConfig
}

/** What the handlers read of a request. */
interface DocumentRequest {
  readonly environment: Environment
  readonly caller: Caller
  readonly params: { readonly collection: string }
  readonly queryText: string
  readonly body: unknown
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly ip: string
}

const reading = [
  dataProblems['unknown-collection'],
  dataProblems['not-allowed'],
  dataProblems['invalid-query'],
  policyProblems['invalid-expression'],
  dataProblems['too-slow'],
]
const writing = [
  ...reading,
  dataProblems['invalid-document'],
  dataProblems.conflict,
  dataProblems['broken-relation'],
]

/** Endpoints for the documents of every collection. The query dialect is described in the guide. */
export function documentRoutes(deps: DocumentDeps): Route[] {
  const { db, config } = deps
  const exportList = createExport(db, config)
  const lists = new PlanCache<PreparedList>()
  const gets = new PlanCache<PreparedGet>()
  const key = (summary: string, problems: readonly CodedProblem[]) => ({
    summary,
    problems,
    access: 'key' as const,
  })
  return [
    route(
      'GET /data/:collection',
      key('List documents', [...reading, dataProblems['invalid-cursor'], dataProblems['too-many-exports']]),
      request =>
        answering(deps, request, (collection, access) => {
          const { queryText } = request
          const format = readExportFormat(request.headers.accept as string | undefined)
          if (format !== undefined) return exportList(planList(queryText, collection, access, true), format)
          const make = () => prepareList(planList(queryText, collection, access))
          return answerList(request, lists.get(collection, access, queryText, make), collection, access, db)
        }),
    ),
    route(
      'GET /data/:collection/:id',
      key('Get one document', [...reading, dataProblems['unknown-document']]),
      request =>
        answering(deps, request, (collection, access) => {
          const { params, queryText } = request
          const make = () => prepareGet(queryText, collection, access)
          return get(params.id, gets.get(collection, access, queryText, make), db)
        }),
    ),
    route(
      'POST /data/:collection',
      key('Create one document, or all of a list', [...writing, dataProblems['too-many-rows']]),
      request => answering(deps, request, (...found) => insert(writeRequest(request, ...found), db)),
    ),
    route(
      'PUT /data/:collection',
      key('Create documents, or change those that exist', [...writing, dataProblems['too-many-rows']]),
      request => answering(deps, request, (...found) => upsert(writeRequest(request, ...found), db)),
    ),
    route(
      'PATCH /data/:collection',
      key('Change every document that matches', [...writing, dataProblems['filter-needed']]),
      request => answering(deps, request, (...found) => updateMany(writeRequest(request, ...found), db)),
    ),
    route(
      'PATCH /data/:collection/:id',
      key('Change one document', [...writing, dataProblems['unknown-document']]),
      request =>
        answering(deps, request, (...found) =>
          updateOne(request.params.id, writeRequest(request, ...found), db),
        ),
    ),
    route(
      'DELETE /data/:collection',
      key('Delete every document that matches', [
        ...reading,
        dataProblems['filter-needed'],
        dataProblems['broken-relation'],
      ]),
      request => answering(deps, request, (...found) => deleteMany(writeRequest(request, ...found), db)),
    ),
    route(
      'DELETE /data/:collection/:id',
      key('Delete one document', [
        ...reading,
        dataProblems['unknown-document'],
        dataProblems['broken-relation'],
      ]),
      request =>
        answering(deps, request, (...found) =>
          deleteOne(request.params.id, writeRequest(request, ...found), db),
        ),
    ),
  ]
}

async function answerList(
  { environment, caller }: DocumentRequest,
  prepared: PreparedList,
  collection: Collection,
  access: Access,
  db: Database,
): Promise<Reply> {
  const answer = await list(prepared, db)
  if (!environment.dev || caller.kind === 'secret') return answer.reply
  const policies = policySet(collection, access.collections)
  const report = await policyReport(prepared.plan, answer, policies, access.bindings, db)
  if (report === undefined) return answer.reply
  return { ...answer.reply, headers: { ...answer.reply.headers, [headers.policy]: report } }
}

function writeRequest(request: DocumentRequest, collection: Collection, access: Access): WriteRequest {
  const { queryText, body } = request
  const prefer = String(request.headers.prefer ?? '')
  return { collection, access, queryText, body, isMinimal: /\breturn=minimal\b/i.test(prefer) }
}

/** SQLSTATEs of a table or column that is not there: the structure changed since we looked. */
const staleCodes = ['42P01', '42703', '42704', '3F000', '0A000']

/**
 * Finds the collection and answers. What failed because transactions met, or because the structure changed in
 * between, is tried once more.
 */
async function answering(
  { catalog }: DocumentDeps,
  { environment, caller, params, ip }: DocumentRequest,
  answer: (collection: Collection, access: Access) => Promise<Reply>,
): Promise<Reply> {
  const attempt = async () => {
    const all = await catalog.collections(environment)
    const collection = all.get(params.collection) ?? unknownCollection(params.collection, all, caller)
    return answer(collection, accessOf(caller, all, ip))
  }
  try {
    return await attempt()
  } catch (error) {
    const code = toPgError(error)?.code
    const isStale = code !== undefined && staleCodes.includes(code)
    if (isStale) catalog.invalidate(environment.id)
    if (!isStale && !isWorthRetrying(error)) throw explain(error)
  }
  return attempt().catch((error: unknown) => {
    throw explain(error)
  })
}

/** A value that Postgres cannot read: of a cast, of a cursor, or of a rule only the database knows. */
function explain(error: unknown): unknown {
  if (!toPgError(error)?.code.startsWith('22')) return error
  return new Problem(dataProblems['invalid-query'], 'A value cannot be read as the type it is asked for.', {
    hint: 'Look at the casts in select, and send cursors unchanged.',
    cause: error,
  })
}
