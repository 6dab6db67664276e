import { dataProblems } from '@cloudbox/protocol/data'
import { Problem } from '../../../kernel/problem.ts'
import type { Step } from './to-ddl.ts'

/** A statement of a change that Postgres refused; the transaction is gone. */
export class StepError extends Error {
  readonly step: Step
  /** Postgres' error code. */
  readonly code: string

  constructor(step: Step, cause: unknown) {
    super('a change of structure failed', { cause })
    this.name = 'StepError'
    this.step = step
    this.code = errorCode(cause) ?? ''
  }
}

/** Counting stops here: it only tells how much there is to mend. */
export const misfitLimit = 1000

/** Documents that are in the way of a change. */
export interface Misfits {
  /** Up to one past {@link misfitLimit}. */
  readonly count: number
  /** Ids of some of them. */
  readonly examples: readonly string[]
}

/** What a refused change means to its author; undefined when it means a bug. */
export function ddlProblem(collection: string, error: unknown, misfits?: Misfits): Problem | undefined {
  const code = error instanceof StepError ? error.code : errorCode(error)
  if (code === undefined) return undefined
  const cause = error instanceof StepError ? error.cause : error
  const demand = error instanceof StepError ? error.step.demand : undefined
  switch (code) {
    case '55P03': // lock_not_available
    case '40P01': // deadlock_detected
      return new Problem(dataProblems['collection-busy'], `${collection} is busy with another transaction.`, {
        hint: 'Nothing was changed. Try again; if it stays, look for a transaction that was left open.',
        headers: { 'retry-after': '1' },
        cause,
      })
    case '57014': // query_canceled
      return new Problem(dataProblems['too-slow'], `Changing ${collection} took too long.`, {
        hint: 'Nothing was changed. Do it in smaller steps.',
        cause,
      })
    case '2BP01': // dependent_objects_still_exist
    case '0A000': // feature_not_supported: the column is used by a view, a trigger …
      return new Problem(
        dataProblems['collection-in-use'],
        `Something made with SQL (a view, function or trigger) depends on what would change in ${collection}.`,
        { hint: 'Drop it, make the change, then create it anew.', cause },
      )
    case '42P07': // duplicate_table
      return new Problem(
        dataProblems['collection-exists'],
        `A table, view or index of that name was made with SQL in this environment.`,
        { cause },
      )
  }
  if (demand === undefined || !/^(22|23|54)/.test(code)) return undefined
  const count = misfits === undefined || misfits.count === 0 ? '' : `: ${countText(misfits.count)}`
  const some = misfits?.examples.length ? ` (${misfits.examples.join(', ')})` : ''
  return new Problem(dataProblems['data-does-not-fit'], `${collection}: ${demand.message}${count}.`, {
    errors: [{ at: demand.at, message: `${demand.message}${count}${some}` }],
    cause,
  })
}

/** `3 documents do not fit`. */
export function countText(misfits: number): string {
  if (misfits > misfitLimit) return `more than ${misfitLimit} documents do not fit`
  return misfits === 1 ? '1 document does not fit' : `${misfits} documents do not fit`
}

function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : undefined
}
