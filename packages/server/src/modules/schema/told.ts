import type { ProblemBody, ProblemDetail } from '@cloudbox/protocol/problem'

/** A problem as part of an answer. */
export interface ToldProblem {
  readonly code: string
  readonly detail?: string
  readonly hint?: string
  readonly errors?: ProblemDetail[]
}

export function told({ code, detail, hint, errors }: ProblemBody): ToldProblem {
  return {
    code,
    ...(detail === undefined ? {} : { detail }),
    ...(hint === undefined ? {} : { hint }),
    ...(errors === undefined ? {} : { errors: [...errors] }),
  }
}
