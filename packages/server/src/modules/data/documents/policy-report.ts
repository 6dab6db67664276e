import { bind, exceptWhere, isAlways, type Bindings } from '@cloudbox/policy/bind'
import type { Database } from '../../../kernel/db.ts'
import { join, raw, sql } from '../../../kernel/sql.ts'
import type { PolicySet } from '../collections/policy-set.ts'
import { headerText } from './header-text.ts'
import type { ListAnswer } from './list.ts'
import type { ListPlan } from './plan.ts'
import { predicateSql } from './predicate-sql.ts'
import { conditions, innerConditions, table } from './to-sql.ts'

/** Hidden rows are counted this far. */
const countedRows = 1000
/** A report is worth no more than this. */
const timeoutMs = 200

/**
 * Says in a dev environment how many documents the list policy hid, and which clause did it, as
 * `40 rows matched, 40 hidden by todos.list: doc.owner == auth.uid`. Undefined when nothing was hidden; never fails.
 */
export async function policyReport(
  plan: ListPlan,
  answer: ListAnswer,
  policies: PolicySet,
  bindings: Bindings,
  db: Database,
): Promise<string | undefined> {
  const policy = policies.get('list')
  if (policy === undefined || isAlways(plan.policy)) return undefined
  const { collection } = plan.shape
  const clauses = policy.clauses.map(({ checked, source }) => ({
    source,
    hides: exceptWhere(bind(checked, { ...bindings, request: { ...bindings.request, method: 'list' } })),
  }))
  const columns = clauses.map(({ hides }) => sql`${predicateSql(hides, { doc: 'd' })}`)
  const named = join(columns.map((column, i) => sql`${column} as ${raw(`"c${i}"`)}`))
  const counts = join(columns.map((_, i) => raw(`count(*) filter (where "c${i}")::int as "c${i}"`)))
  const hidden = conditions([
    predicateSql(plan.filter, { doc: 'd' }),
    predicateSql(exceptWhere(plan.policy), { doc: 'd' }),
    ...innerConditions(plan.shape, 'd'),
  ])
  const statement = sql`select count(*)::int as "hidden", ${counts} from (select ${named} from ${table(collection)} d where ${hidden} limit ${countedRows + 1}::int) h`
  try {
    const [row] = await db.transaction(tx => tx.query<Record<string, number>>(statement), {
      statementTimeoutMs: timeoutMs,
    })
    const count = row?.hidden ?? 0
    if (count === 0) return undefined
    const guilty = clauses.flatMap(({ source }, i) => {
      const own = row![`c${i}`] ?? 0
      return own === 0 ? [] : [clauses.length === 1 ? source : `${source} (${number(own)})`]
    })
    const isWhole = plan.after === undefined && !answer.hasMore && count <= countedRows
    const matched = isWhole
      ? `${count + answer.shown}`
      : `>${count + answer.shown - (count > countedRows ? 1 : 0)}`
    // How many rows the groups that are shown are made of is not known.
    const before = plan.grouping === undefined ? `${matched} rows matched, ` : ''
    return headerText(`${before}${number(count)} hidden by ${collection.name}.list: ${guilty.join(', ')}`)
  } catch {
    return undefined
  }
}

const number = (count: number) => (count > countedRows ? `>${countedRows}` : String(count))
