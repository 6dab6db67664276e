import type { CodedProblem } from '@cloudbox/protocol/problem'
import { dataProblems } from '@cloudbox/protocol/data'
import { headers } from '@cloudbox/protocol/http'
import { policyProblems } from '@cloudbox/protocol/policy'
import type { Database } from '../../../kernel/db.ts'
import { route, type Reply, type Route } from '../../../kernel/route.ts'
import { policySet } from '../collections/policy-set.ts'
import type { Collection } from '../collection.ts'
import { answering, type DocumentRequest } from './answering.ts'
import { get, prepareGet, type PreparedGet } from './get.ts'
import { list, prepareList, type PreparedList } from './list.ts'
import { PlanCache } from './plan-cache.ts'
import { planList } from './plan-list.ts'
import type { Access } from './plan.ts'
import { policyReport } from './policy-report.ts'
import { writeRoutes, type WriteDeps } from './write-routes.ts'

const reading = [
  dataProblems['unknown-collection'],
  dataProblems['not-allowed'],
  dataProblems['invalid-query'],
  policyProblems['invalid-expression'],
  dataProblems['too-slow'],
]

/** Endpoints for the documents of every collection. The query dialect is described in the guide. */
export function documentRoutes(deps: WriteDeps): Route[] {
  const { db } = deps
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
      key('List documents', [...reading, dataProblems['invalid-cursor']]),
      request =>
        answering(deps, request, (collection, access) => {
          const { queryText } = request
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
    ...writeRoutes(deps),
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
