import type { CodedProblem, ProblemBody, ProblemDetail } from '@cloudbox/protocol/problem'

/** What a {@link Problem} adds to its kind. */
export interface ProblemOptions {
  /** What to do now; the kind's hint unless told. */
  readonly hint?: string | undefined
  /** Every mistake found, with its place. */
  readonly errors?: readonly ProblemDetail[] | undefined
  /** Headers of the answer, e.g. `retry-after`. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly cause?: unknown
}

/** The one error a module throws on purpose. Anything else thrown is a bug and answers `http/internal`. */
export class Problem extends Error {
  readonly kind: CodedProblem
  readonly hint: string | undefined
  readonly errors: readonly ProblemDetail[] | undefined
  readonly headers: Readonly<Record<string, string>> | undefined

  constructor(kind: CodedProblem, detail: string, options: ProblemOptions = {}) {
    super(detail, { cause: options.cause })
    this.name = 'Problem'
    this.kind = kind
    this.hint = options.hint ?? kind.hint
    this.errors = options.errors
    this.headers = options.headers
  }

  get code(): string {
    return this.kind.code
  }

  /** The RFC 9457 body of this problem. */
  toBody(requestId?: string): ProblemBody {
    return {
      type: `https://cloudbox.dev/errors#${this.kind.code}`,
      title: this.kind.title,
      status: this.kind.status,
      code: this.kind.code,
      detail: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      ...(this.errors === undefined ? {} : { errors: this.errors }),
      ...(requestId === undefined ? {} : { requestId }),
    }
  }
}
