import { dataProblems } from '@cloudbox/protocol/data'
import type { Queryable } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import type { Statement } from '../../../kernel/sql.ts'
import type { Collections } from '../collection.ts'

/** An estimate is asked for anew after this time: tables grow. */
const keptMs = 300_000
const mostKept = 2000

/** Throws `data/too-costly` for a statement that is. */
export type CheckCost = (statement: Statement) => Promise<void>

interface Estimate {
  readonly cost: number
  readonly collections: Collections
  readonly untilMs: number
}

/** Refuses statements that the planner expects to cost more than their environment allows. */
export class CostGuard {
  readonly #estimates = new Map<string, Estimate>()

  /**
   * Asks the planner, once per text of a statement and structure for some minutes.
   *
   * @throws Problem `data/too-costly`
   */
  async check(statement: Statement, maxCost: number, collections: Collections, db: Queryable): Promise<void> {
    const cost = await this.#cost(statement, collections, db)
    if (cost <= maxCost) return
    throw new Problem(
      dataProblems['too-costly'],
      `The query would cost about ${Math.round(cost)}, ${maxCost} is the limit of this environment.`,
    )
  }

  async #cost(statement: Statement, collections: Collections, db: Queryable): Promise<number> {
    const { text, values } = statement
    const known = this.#estimates.get(text)
    if (known?.collections === collections && known.untilMs > Date.now()) return known.cost
    const cost = await planCost({ text, values }, db)
    this.#estimates.delete(text)
    if (this.#estimates.size >= mostKept) this.#estimates.delete(this.#estimates.keys().next().value!)
    this.#estimates.set(text, { cost, collections, untilMs: Date.now() + keptMs })
    return cost
  }
}

async function planCost({ text, values }: Statement, db: Queryable): Promise<number> {
  const [row] = await db.query<{ 'QUERY PLAN': string }>({ text: `explain (format json) ${text}`, values })
  const [explained] = JSON.parse(row!['QUERY PLAN']) as [{ Plan: { 'Total Cost': number } }]
  return explained.Plan['Total Cost']
}
