import type { ProblemBody, ProblemDetail } from '@cloudbox/protocol/problem'

/**
 * What went wrong. Codes of the server (`data/not-allowed`, …) are listed in docs/reference/errors.md; the client
 * itself adds `client/network` (no answer), `client/aborted`, `client/bad-answer` (an answer that is not CloudBox's)
 * `client/not-one` (`.single()` met none or several documents) and `client/unsubscribed` (a live query ended while
 * something was waited for in it).
 *
 * @example
 * const { error } = await box.collection('todos').insert({ title: '' })
 * if (error?.code === 'data/invalid-document') console.log(error.details)
 */
export class CloudBoxError extends Error {
  override readonly name = 'CloudBoxError'
  /** Stable and machine-readable: `<word>/<kind>`. */
  readonly code: string
  /** HTTP status; 0 when no answer came. */
  readonly status: number
  /** What to do now. */
  readonly hint: string | undefined
  /** Every mistake found, when there is more than one place to mend. */
  readonly details: readonly ProblemDetail[]
  /** Address of the manual's entry for this code. */
  readonly docs: string | undefined
  /** Names this request in the server's log. */
  readonly requestId: string | undefined

  constructor(problem: Partial<ProblemBody> & { code: string; detail: string }, cause?: unknown) {
    super(problem.detail, cause === undefined ? undefined : { cause })
    this.code = problem.code
    this.status = problem.status ?? 0
    this.hint = problem.hint
    this.details = problem.errors ?? []
    this.docs = problem.type
    this.requestId = problem.requestId
  }
}
