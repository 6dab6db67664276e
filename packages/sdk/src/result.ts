import type { CloudBoxError } from './cloudbox-error.ts'

/** What a request that worked resolves to. */
export interface Success<Data> {
  readonly data: Data
  readonly error: null
  /** HTTP status. */
  readonly status: number
  /** How many documents match, when the query asked with `.count()`. */
  readonly count: number | null
  /** Give it to `.after()` for the next page; null on the last one. */
  readonly nextCursor: string | null
  /** Opaque token of the commit a write made. */
  readonly commit: string | null
  /** In dev environments: how many documents a policy hid from this list, and which clause of it. */
  readonly policy: string | null
  /**
   * Resolves when a live query has shown this write, or when the write does not concern it: then its listener has been
   * called with data that contains it. Rejects when the live query ends before. At once for what wrote nothing.
   *
   * @example
   * const write = await box.collection('todos').insert({ title: 'milk' })
   * await write.committedTo(subscription)
   */
  committedTo(subscription: Passing): Promise<void>
}

/** What can tell when a commit has passed; every live query can. */
export interface Passing {
  passed(commit: string): Promise<void>
}

/** What a request that failed resolves to (unless told to throw). */
export interface Failure {
  readonly data: null
  readonly error: CloudBoxError
  /** HTTP status; 0 when no answer came. */
  readonly status: number
  readonly count: null
  readonly nextCursor: null
  readonly commit: null
  readonly policy: null
  /** Rejects with the error. */
  committedTo(subscription: Passing): Promise<void>
}

/** Check `error`, then `data` is typed. */
export type Result<Data> = Success<Data> | Failure

/** The failure that carries an error. */
export function failure(error: CloudBoxError): Failure {
  return {
    data: null,
    error,
    status: error.status,
    count: null,
    nextCursor: null,
    commit: null,
    policy: null,
    committedTo: () => Promise.reject(error),
  }
}

/** What is not told is null. */
export function success<Data>(
  result: Partial<Success<Data>> & { readonly data: Data; readonly status: number },
): Success<Data> {
  const { commit = null } = result
  const committedTo = async (subscription: Passing) => {
    if (commit !== null) await subscription.passed(commit)
  }
  return { error: null, count: null, nextCursor: null, commit, policy: null, ...result, committedTo }
}
