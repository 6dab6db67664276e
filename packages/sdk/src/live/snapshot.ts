import type { CloudBoxError } from '../cloudbox-error.ts'

/**
 * How fresh a live query is: `loading` until its first result, `live` while every commit arrives, `stale` while the
 * connection is lost (the last result stays shown).
 */
export type LiveStatus = 'loading' | 'live' | 'stale'

/** One document that entered, changed in, or left the result. */
export type DocumentChange<Row> =
  | { readonly type: 'added'; readonly doc: Row; readonly old: undefined }
  | { readonly type: 'modified'; readonly doc: Row; readonly old: Row }
  /** `doc` and `old` are the document as it was last seen. */
  | { readonly type: 'removed'; readonly doc: Row; readonly old: Row }

/** Where a snapshot stands. */
export interface SnapshotMeta {
  readonly status: LiveStatus
  /** Log position of the newest commit this result includes, 16 hex digits; empty while loading. */
  readonly lsn: string
  /** The first snapshot after an interruption that was continued where it broke off, not read anew. */
  readonly fromResume: boolean
}

/** The whole result of a live query, and what changed since the snapshot before. */
export interface Snapshot<Row> {
  /** All documents in the query's order. A new array each time; the documents that did not change stay the same objects. */
  readonly data: readonly Row[]
  /** Everything is `added` in the first snapshot; empty when only `meta` changed. */
  readonly changes: readonly DocumentChange<Row>[]
  readonly meta: SnapshotMeta
}

/** The state of one live document. */
export interface DocumentSnapshot<Row> {
  /** Null when there is no such document. */
  readonly data: Row | null
  readonly changes: readonly DocumentChange<Row>[]
  readonly meta: SnapshotMeta
}

/** Who listens: a function for snapshots, or an object of functions. */
export type Listener<Shot> =
  | ((snapshot: Shot) => void)
  | {
      /** Called once for each commit that changes the result, and when `meta.status` changes. */
      readonly next?: ((snapshot: Shot) => void) | undefined
      /** The server refused the query or the connection; the subscription has ended. */
      readonly error?: ((error: CloudBoxError) => void) | undefined
      /** Called with the status now, and whenever it changes. */
      readonly status?: ((status: LiveStatus) => void) | undefined
    }
