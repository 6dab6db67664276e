import { dataProblems } from '@cloudbox/protocol/data'
import type { CodedProblem, ProblemDetail } from '@cloudbox/protocol/problem'
import { Problem } from '../../../kernel/problem.ts'

/** What is most said about one request; more would only hide the first. */
const shown = 20

/** Everything wrong with one request, so that all of it can be mended at once. */
export class Mistakes {
  readonly found: ProblemDetail[] = []
  readonly #kind: CodedProblem

  constructor(kind: CodedProblem = dataProblems['invalid-query']) {
    this.#kind = kind
  }

  add(at: string, message: string, hint?: string): void {
    if (this.found.length < shown) this.found.push({ at, message, ...(hint === undefined ? {} : { hint }) })
  }

  /** Throws the problem of all mistakes, if there are any. */
  throwIfAny(): void {
    const [first] = this.found
    if (first === undefined) return
    throw new Problem(this.#kind, `${first.at}: ${first.message}`, { hint: first.hint, errors: this.found })
  }
}
