/**
 * Problems: the only errors CloudBox answers on purpose, as RFC 9457 `application/problem+json`.
 *
 * Each word (feature) declares its kinds once with {@link defineProblems}; the server, the SDK's error
 * type, the console's texts and docs/reference/errors.md read the same table.
 */

/** One kind of problem: its HTTP status, a short title that never changes, and a general hint. */
export interface ProblemKind {
  /** HTTP status code, 400–599. */
  readonly status: number
  /** One sentence for people, the same for every occurrence. */
  readonly title: string
  /** What to do about it, when that is the same for every occurrence. */
  readonly hint?: string
}

/** A kind with its stable code, e.g. `data/unknown-collection`. */
export interface CodedProblem<Code extends string = string> extends ProblemKind {
  readonly code: Code
}

/** One mistake inside a request: where it is and what is wrong there. */
export interface ProblemDetail {
  /** A JSON pointer into the body (`/fields/title`), a query parameter (`?order`) or a range in an expression (`where[4:9]`). */
  readonly at: string
  readonly message: string
  readonly hint?: string
}

/** The body of an error answer (RFC 9457), and of an `err` frame of realtime. */
export interface ProblemBody {
  /** Address of the manual's entry for this code. */
  readonly type: string
  readonly title: string
  readonly status: number
  /** Stable machine-readable code: `<word>/<kind>`. */
  readonly code: string
  /** What happened this time. */
  readonly detail: string
  /** What to do now. */
  readonly hint?: string
  /** Every mistake found, when there is more than one place to mend. */
  readonly errors?: readonly ProblemDetail[]
  /** Names this request in the server's log. */
  readonly requestId?: string
}

/**
 * Declares the problems of one word.
 *
 * @example
 * const problems = defineProblems('data', { 'unknown-collection': { status: 404, title: 'No such collection' } })
 * problems['unknown-collection'].code // 'data/unknown-collection'
 */
export function defineProblems<const Word extends string, const Kinds extends Record<string, ProblemKind>>(
  word: Word,
  kinds: Kinds,
): { readonly [Kind in keyof Kinds & string]: CodedProblem<`${Word}/${Kind}`> } {
  const coded = Object.entries(kinds).map(([kind, problem]) => [
    kind,
    { ...problem, code: `${word}/${kind}` },
  ])
  return Object.freeze(Object.fromEntries(coded))
}
