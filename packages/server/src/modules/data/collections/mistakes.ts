import { CelError } from '@cloudbox/policy/cel-error'
import { UnsupportedSqlError } from '@cloudbox/policy/write-sql'
import { dataProblems } from '@cloudbox/protocol/data'
import { policyProblems } from '@cloudbox/protocol/policy'
import type { ProblemDetail } from '@cloudbox/protocol/problem'
import { Problem } from '../../../kernel/problem.ts'

type Kind = 'collection' | 'expression' | 'public'

/** Collects every mistake of a definition, so that its author mends all of them at once. */
export class Mistakes {
  readonly #found: (ProblemDetail & { kind: Kind })[] = []

  /** Notes one mistake at a JSON pointer into the definition. */
  add(at: string, message: string, hint?: string, kind: Kind = 'collection'): void {
    this.#found.push({ at, message, ...(hint === undefined ? {} : { hint }), kind })
  }

  /** Runs a check of an expression and notes its mistakes with their ranges: `/policies/list[4:9]`. */
  try<T>(at: string, check: () => T): T | undefined {
    try {
      return check()
    } catch (error) {
      if (error instanceof UnsupportedSqlError) {
        this.add(at, error.message, undefined, 'expression')
        return undefined
      }
      if (!(error instanceof CelError)) throw error
      for (const { message, start, end, hint } of error.mistakes) {
        this.add(`${at}[${start}:${end}]`, message, hint, 'expression')
      }
      return undefined
    }
  }

  get details(): readonly ProblemDetail[] {
    return this.#found.map(({ kind: _kind, ...detail }) => detail)
  }

  /** Throws what was found, if anything: a mistake of structure gives the problem its name, else the expressions do. */
  throwIfAny(collection: string): void {
    const [first, ...others] = this.details
    if (first === undefined) return
    const kinds = new Set(this.#found.map(({ kind }) => kind))
    const problem = kinds.has('collection')
      ? dataProblems['invalid-collection']
      : kinds.has('expression')
        ? policyProblems['invalid-expression']
        : policyProblems['unnamed-public']
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`
    throw new Problem(problem, `${collection}: ${first.at}: ${first.message}${more}`, {
      hint: first.hint,
      errors: this.details,
    })
  }
}
