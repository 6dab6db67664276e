import type { Caller } from '../../../kernel/caller.ts'
import { currentObservation } from '../../../kernel/observer.ts'
import type { Collection, Collections } from '../collection.ts'
import type { Access } from './plan.ts'

/** Plans kept at the most; the oldest goes first. */
const mostPlans = 2000
/** A longer question is hardly ever asked twice. */
const longestQuery = 2000

interface Kept<Plan> {
  /** What the plan was made for. */
  readonly collections: Collections
  readonly maxRows: number
  readonly plan: Plan
}

/**
 * Apps ask the same questions over and over. A plan is found again for the same text of a query, the same collections
 * and the same caller (a token that is recognised is the same object), so that parsing, binding and writing SQL are
 * done once. Plans that asked for the time or the address of their request are not kept.
 */
export class PlanCache<Plan> {
  readonly #plans = new Map<string, Kept<Plan>>()

  /** The plan of before, or the one made now. */
  get(collection: Collection, access: Access, queryText: string, make: () => Plan): Plan {
    const key = `${callerNumber(access.caller)} ${collection.schema}.${collection.name}?${queryText}`
    const known = this.#plans.get(key)
    const trace = currentObservation()?.trace
    if (known?.collections === access.collections && known.maxRows === access.maxRows) {
      trace?.took('policy', `${collection.name}, bound before`, performance.now(), 0)
      return known.plan
    }
    const startedAtMs = performance.now()
    const plan = make()
    trace?.took('policy', collection.name, startedAtMs, performance.now() - startedAtMs)
    if (!access.isMomentary() && queryText.length <= longestQuery) {
      this.#plans.delete(key)
      if (this.#plans.size >= mostPlans) this.#plans.delete(this.#plans.keys().next().value!)
      this.#plans.set(key, { collections: access.collections, maxRows: access.maxRows, plan })
    }
    return plan
  }
}

const numbers = new WeakMap<Caller, number>()
let lastNumber = 0

function callerNumber(caller: Caller): number {
  const known = numbers.get(caller)
  if (known !== undefined) return known
  numbers.set(caller, ++lastNumber)
  return lastNumber
}
