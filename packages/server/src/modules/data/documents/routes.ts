import type { CodedProblem } from '@cloudbox/protocol/problem'
import { dataProblems } from '@cloudbox/protocol/data'
import { headers } from '@cloudbox/protocol/http'
import { policyProblems } from '@cloudbox/protocol/policy'
import type { Database } from '../../../kernel/db.ts'
import { route, type Reply, type Route } from '../../../kernel/route.ts'
import { policySet } from '../collections/policy-set.ts'
import type { Collection } from '../collection.ts'
import type { DataConfig } from '../config.ts'
import { answering, type DocumentRequest } from './answering.ts'
import { CostGuard, type CheckCost } from './cost-guard.ts'
import { createExport } from './export.ts'
import { readExportFormat } from './export-format.ts'
import { get, prepareGet, type PreparedGet } from './get.ts'
import { list, prepareList, type ListAnswer, type PreparedList } from './list.ts'
import { PlanCache } from './plan-cache.ts'
import { planList } from './plan-list.ts'
import type { Access } from './plan.ts'
import { policyReport } from './policy-report.ts'
import { reading } from './reading.ts'
import type { SlowLists } from './slow-lists.ts'
import { writeRoutes, type WriteDeps } from './write-routes.ts'

const readingProblems = [
  dataProblems['unknown-collection'],
  dataProblems['not-allowed'],
  dataProblems['invalid-query'],
  policyProblems['invalid-expression'],
  dataProblems['too-slow'],
]

/** Endpoints for the documents of every collection. The query dialect is described in the guide. */
export function documentRoutes(deps: WriteDeps & DataConfig & { readonly slowLists: SlowLists }): Route[] {
  const exportList = createExport(deps.db, deps)
  const costs = new CostGuard()
  const lists = new PlanCache<PreparedList>()
  const gets = new PlanCache<PreparedGet>()
  const key = (summary: string, problems: readonly CodedProblem[]) => ({
    summary,
    problems,
    access: 'key' as const,
    permission: 'documents.read' as const,
  })
  return [
    route(
      'GET /data/:collection',
      key('List documents', [
        ...readingProblems,
        dataProblems['invalid-cursor'],
        dataProblems['too-many-exports'],
        dataProblems['too-costly'],
      ]),
      request =>
        answering(deps, request, (collection, access, db) => {
          const { queryText, environment } = request
          const { maxCost } = environment.limits
          const check: CheckCost | undefined =
            maxCost === undefined
              ? undefined
              : statement => costs.check(statement, maxCost, access.collections, db)
          const format = readExportFormat(request.headers.accept)
          if (format !== undefined)
            return reading(exportList(planList(queryText, collection, access, true), format, check))
          const make = () => prepareList(planList(queryText, collection, access))
          const prepared = lists.get(collection, access, queryText, make)
          return reading(
            answerList(request, { prepared, collection, access, db, check, slowLists: deps.slowLists }),
          )
        }),
    ),
    route(
      'GET /data/:collection/:id',
      key('Get one document', [...readingProblems, dataProblems['unknown-document']]),
      request =>
        answering(deps, request, (collection, access, db) => {
          const { params, queryText } = request
          const make = () => prepareGet(queryText, collection, access)
          return reading(get(params.id, gets.get(collection, access, queryText, make), db))
        }),
    ),
    ...writeRoutes(deps),
  ]
}

interface ListWork {
  readonly prepared: PreparedList
  readonly collection: Collection
  readonly access: Access
  readonly db: Database
  readonly check: CheckCost | undefined
  readonly slowLists: SlowLists
}

async function answerList(
  { environment, caller }: DocumentRequest,
  { prepared, collection, access, db, check, slowLists }: ListWork,
): Promise<Reply> {
  const { statement, plan } = prepared
  if (check !== undefined && statement !== undefined) await check(statement)
  if (!environment.dev) return (await list(prepared, db)).reply
  const startedAt = performance.now()
  const answer = await list(prepared, db)
  const ms = performance.now() - startedAt
  const { schema } = environment
  const advice =
    statement === undefined
      ? {}
      : await slowLists.headersFor(statement, ms, { db, collections: access.collections, schema })
  const policy = caller.kind === 'secret' ? undefined : await reportOf(answer)
  return {
    ...answer.reply,
    headers: {
      ...answer.reply.headers,
      ...advice,
      ...(policy === undefined ? {} : { [headers.policy]: policy }),
    },
  }

  function reportOf(answered: ListAnswer): Promise<string | undefined> {
    const policies = policySet(collection, access.collections)
    return policyReport(plan, answered, policies, access.bindings, db)
  }
}
