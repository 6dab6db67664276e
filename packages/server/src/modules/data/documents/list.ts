import { isNever } from '@cloudbox/policy/bind'
import { headers } from '@cloudbox/protocol/http'
import type { Queryable } from '../../../kernel/db.ts'
import type { Reply } from '../../../kernel/route.ts'
import { sql, toStatement, type Statement } from '../../../kernel/sql.ts'
import { writeCursor } from './cursor.ts'
import { listEtag } from './etag.ts'
import type { ListPlan } from './plan.ts'
import { revalidated } from './revalidated.ts'
import { listSql, matchingSql, type ListRow } from './to-sql.ts'

/** A page of documents, and what the caller learns beside it. */
export interface ListAnswer {
  readonly reply: Reply
  /** Documents on the page, and whether others follow. */
  readonly shown: number
  readonly hasMore: boolean
}

/** A list with its statement; without one where a policy lets nothing through. */
export interface PreparedList {
  readonly plan: ListPlan
  readonly statement: Statement | undefined
}

export function prepareList(plan: ListPlan): PreparedList {
  return { plan, statement: isEmpty(plan) ? undefined : toStatement(listSql(plan)) }
}

/** Aggregates without groups have an answer even over nothing, which Postgres knows best. */
function isEmpty({ predicate, grouping }: ListPlan): boolean {
  if (!isNever(predicate)) return false
  return grouping === undefined || grouping.columns.some(({ aggregate }) => aggregate === undefined)
}

/** Answers a list. A policy that lets nothing through costs no query. */
export async function list({ plan, statement }: PreparedList, db: Queryable): Promise<ListAnswer> {
  if (statement === undefined) return answer(plan, { documents: '', found: 0, last: null, total: '0' })
  const [row] = await db.query<ListRow>(statement, { isShared: true })
  if (plan.count !== 'estimated') return answer(plan, row!)
  return answer(plan, { ...row!, total: await estimate(plan, db) })
}

function answer(plan: ListPlan, { documents, found, last, total }: ListRow): ListAnswer {
  const { limit, shape, order } = plan
  const hasMore = found > limit
  const shown = Math.min(found, limit)
  const range = shown === 0 ? '*' : `0-${shown - 1}`
  const contentRange = `${range}/${plan.count === undefined ? '*' : (total ?? '*')}`
  const cursor = hasMore && last !== null ? writeCursor(last, shape.collection, order) : undefined
  const reply: Reply = {
    jsonText: `[${documents}]`,
    headers: {
      ...revalidated,
      // The same documents with others behind them are another answer.
      etag: listEtag(`${contentRange} ${cursor ?? ''} ${documents}`),
      'content-range': contentRange,
      ...(cursor === undefined ? {} : { [headers.nextCursor]: cursor }),
    },
  }
  return { reply, shown, hasMore }
}

/** The planner's guess, which reads no rows. */
async function estimate(plan: ListPlan, db: Queryable): Promise<string> {
  const [row] = await db.query<{ 'QUERY PLAN': string }>(sql`explain (format json) ${matchingSql(plan)}`)
  const [explained] = JSON.parse(row!['QUERY PLAN']) as [{ Plan: { 'Plan Rows': number } }]
  return String(explained.Plan['Plan Rows'])
}
