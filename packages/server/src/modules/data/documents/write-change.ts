import { and, isNever, or, type Bound } from '@cloudbox/policy/bind'
import { dataProblems } from '@cloudbox/protocol/data'
import { Problem } from '../../../kernel/problem.ts'
import { sql, type Sql } from '../../../kernel/sql.ts'
import { isEmptyDocument } from './check-document.ts'
import { hasId, planOne, unknownDocument } from './get.ts'
import { Mistakes } from './mistakes.ts'
import { splitPolicy } from './next-row.ts'
import { PlanCache } from './plan-cache.ts'
import { planWhole } from './plan-list.ts'
import type { WriteRow } from './changed-sql.ts'
import { quickUpdate, type WritePlan } from './quick-write.ts'
import { parseUuid } from '@cloudbox/policy/text'
import { unchangedSql } from './precondition.ts'
import { predicateSql } from './predicate-sql.ts'
import type { Query } from './query.ts'
import { readChange } from './read-documents.ts'
import { table } from './to-sql.ts'
import { deleteSql, updateSql } from './update-sql.ts'
import {
  answer,
  isSilent,
  planWrite,
  policyOf,
  readable,
  refuse,
  refuseSystemWrite,
  representationOf,
  withShape,
  type PreparedWrite,
  type WriteRequest,
} from './write-request.ts'

const plans = new PlanCache<WritePlan>()

/** Changes the document with this id. */
export function prepareUpdateOne(documentId: string, request: WriteRequest): PreparedWrite {
  const { collection, access, queryText, prefer, precondition } = request
  const plan = plans.get(collection, access, `${isSilent(request)} ${queryText}`, () => ({
    policy: policyOf(request, 'update'),
    representation: withShape(request, planOne(queryText, collection, access)),
    templates: new Map(),
  }))
  const { policy, representation } = plan
  const change = readChange(request)
  const uuid = parseUuid(documentId)
  if (uuid === undefined) throw unknownDocument(documentId, collection)
  const whole = () => {
    const filter = hasId(documentId, collection)
    const { conditions, changedSql } = lockOf(request, filter, splitPolicy(policy).stored)
    // Nothing to change is no mistake, but the document has to be there.
    return {
      changedSql,
      statement: updateSql({ change, collection, policy, filter, conditions, representation }),
    }
  }
  const prepared = {
    maxAffected: prefer.maxAffected,
    read: (row: WriteRow | undefined) => {
      refuse(row, collection, 'update', {})
      if (row?.changed === 0) throw unknownDocument(documentId, collection)
      return answer(row, request, { isMany: false, hasVersion: !isEmptyDocument(change) })
    },
  }
  const quick = precondition.ifMatch === undefined ? quickUpdate(uuid, change, collection, plan) : undefined
  if (quick === undefined) return { ...prepared, ...whole() }
  return {
    ...prepared,
    quick,
    get statement() {
      return whole().statement
    },
  }
}

/** Changes every document that matches; those the list policy hides cannot match. */
export function prepareUpdateMany(request: WriteRequest): PreparedWrite {
  const { collection, prefer } = request
  const policy = policyOf(request, 'update')
  const list = policyOf(request, 'list')
  const query = planWrite(request, [])
  const filter = and(list, filterOf(query, request))
  const change = readChange(request)
  const representation = representationOf(request, query.selection)
  return {
    maxAffected: prefer.maxAffected,
    statement:
      isEmptyDocument(change) || isNever(filter)
        ? undefined
        : updateSql({ change, collection, policy, filter, representation }),
    read(row) {
      refuse(row, collection, 'update', {})
      return answer(row, request, { isMany: true })
    },
  }
}

/** Deletes the document with this id. */
export function prepareDeleteOne(documentId: string, request: WriteRequest): PreparedWrite {
  const { collection, access, prefer } = request
  refuseSystemWrite(collection, 'delete')
  const policy = policyOf(request, 'delete')
  const shape = planOne(request.queryText, collection, access)
  const filter = hasId(documentId, collection)
  const predicate = and(policy, filter)
  const { conditions, changedSql } = lockOf(request, filter, policy)
  return {
    maxAffected: prefer.maxAffected,
    statement: isNever(predicate)
      ? undefined
      : deleteSql(collection, predicate, withShape(request, shape), conditions),
    changedSql,
    read(row) {
      if ((row?.changed ?? 0) === 0) throw unknownDocument(documentId, collection)
      return answer(row, request, { isMany: false, hasVersion: false })
    },
  }
}

/** Deletes every document that matches; those the list policy hides cannot match. */
export function prepareDeleteMany(request: WriteRequest): PreparedWrite {
  const { collection, prefer } = request
  refuseSystemWrite(collection, 'delete')
  const policy = policyOf(request, 'delete')
  const list = policyOf(request, 'list')
  const query = planWrite(request, [])
  const predicate = and(policy, list, filterOf(query, request))
  const representation = representationOf(request, query.selection)
  return {
    maxAffected: prefer.maxAffected,
    statement: isNever(predicate) ? undefined : deleteSql(collection, predicate, representation),
    read: row => answer(row, request, { isMany: true }),
  }
}

/** What If-Match adds to a statement, and how to ask afterwards whether it was in the way. */
function lockOf(
  request: WriteRequest,
  filter: Bound,
  reachable: Bound,
): { readonly conditions?: readonly Sql[]; readonly changedSql?: Sql } {
  const { collection, precondition } = request
  const { ifMatch } = precondition
  if (ifMatch === undefined || ifMatch === '*') return {}
  const unchanged = unchangedSql('d', ifMatch)
  const visible = or(reachable, readable(request))
  const where = predicateSql(and(filter, visible), { doc: 'd' })
  return {
    conditions: [unchanged],
    changedSql: sql`select from ${table(collection)} d where ${where} and not ${unchanged}`,
  }
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
