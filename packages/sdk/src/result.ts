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
  }
}
