import { and, isNever } from '@cloudbox/policy/bind'
import { dataProblems } from '@cloudbox/protocol/data'
import { Problem } from '../../../kernel/problem.ts'
import { raw, sql } from '../../../kernel/sql.ts'
import { hasId, unknownDocument } from './get.ts'
import { Mistakes } from './mistakes.ts'
import { planWhole } from './plan-list.ts'
import { changedMeanwhile, unchangedSql } from './precondition.ts'
import { predicateSql } from './predicate-sql.ts'
import { table } from './to-sql.ts'
import { planWrite, policyOf, type PreparedWrite, type WriteRequest } from './write-request.ts'

/**
 * An operation that writes nothing: one document, or any that matches, has to be there as the caller says. It stays
 * so until the batch is done, for its row is locked against changes.
 */
export function prepareCheck(documentId: string | undefined, request: WriteRequest): PreparedWrite {
  const { collection, access, precondition } = request
  const policy = policyOf(request, documentId === undefined ? 'list' : 'get')
  const mistakes = new Mistakes()
  const asked = planWhole(planWrite(request, []), collection, access, mistakes)
  mistakes.throwIfAny()
  const reach = documentId === undefined ? and(policy, asked) : and(policy, hasId(documentId, collection))
  const isSame = precondition.ifMatch === undefined ? raw('true') : unchangedSql('d', precondition.ifMatch)
  const found = sql`select ${isSame} as "same", (${predicateSql(asked, { doc: 'd' })}) is true as "holds" from ${table(collection)} d where ${predicateSql(reach, { doc: 'd' })} limit 1 for share`
  return {
    maxAffected: undefined,
    statement: isNever(reach)
      ? undefined
      : sql`with "found" as materialized (${found}) select '' as "commit", count(*)::int as "changed", '' as "documents", min(case when not "same" then 1 when not "holds" then 2 end) as "denied" from "found"`,
    read(row) {
      if ((row?.changed ?? 0) === 0) {
        if (documentId === undefined) throw failed(`No document of ${collection.name} matches.`)
        throw unknownDocument(documentId, collection)
      }
      if (row!.denied === 1) throw changedMeanwhile('The document')
      if (row!.denied === 2) throw failed('The condition is not true of the document.')
      return { status: 204 }
    },
  }
}

const failed = (detail: string): Problem => new Problem(dataProblems['check-failed'], detail)
