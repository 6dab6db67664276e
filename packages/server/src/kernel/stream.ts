import type { Tx } from './db.ts'

/** One column of a table as the change stream sees it. */
export interface StreamColumn {
  readonly name: string
  /** Postgres type oid. */
  readonly typeOid: number
  /** Part of the replica identity. */
  readonly isKey: boolean
}

/** A table as it was when the change was made; a change of its structure gives a new object. */
export interface StreamTable {
  readonly schema: string
  readonly name: string
  readonly columns: readonly StreamColumn[]
}

/**
 * The values of a row, in the order of the table's columns, as Postgres writes them as text; null is NULL.
 * Without REPLICA IDENTITY FULL null may also stand for a large value that has not changed.
 */
export type StreamRow = readonly (string | null)[]

/** One changed row. */
export interface RowChange {
  readonly kind: 'insert' | 'update' | 'delete'
  readonly table: StreamTable
  /** The row after the change; absent for a delete. */
  readonly new?: StreamRow
  /** The row before it; whole where the table has REPLICA IDENTITY FULL (all collections do). */
  readonly old?: StreamRow
}

/** A table was emptied as a whole. */
export interface Truncate {
  readonly kind: 'truncate'
  readonly table: StreamTable
}

/** An event written inside the transaction with `emit`. */
export interface EventChange {
  readonly kind: 'event'
  readonly name: string
  readonly payload: unknown
}

/** More rows of this table changed in the commit than are kept: whoever follows the table has to read it anew. */
export interface BulkChange {
  readonly kind: 'bulk'
  readonly table: StreamTable
}

export type StreamChange = RowChange | Truncate | BulkChange | EventChange

/** One commit, with its changes in the order they were made. */
export interface Transaction {
  /** End of the commit in the log, as 16 hex digits: text order is log order. */
  readonly lsn: string
  /** The top-level transaction id, 64 bits. */
  readonly xid: bigint
  /** When it was committed, ms since 1970, with fractions. */
  readonly committedAtMs: number
  readonly changes: readonly StreamChange[]
  /** Length of the changes in the log, about; what the window counts. */
  readonly bytes: number
}

/**
 * Every commit of every environment of this database, whoever made it, in commit order.
 * Slot and publication are made at start and survive restarts; the last minutes stay readable.
 */
export interface ChangeStream {
  /** Names one unbroken history of one database. */
  readonly epoch: string
  /** Every commit up to here has been read, as 16 hex digits. Moves on while other databases of the server write, too. */
  readonly lsn: string
  /** Resolves once everything committed before the start has been read: the window of the last minutes is whole. */
  readonly ready: Promise<void>
  /** Hears every commit from now on, and those of the window that are being read again until `ready`. Listeners are called in order of registration, synchronously. Returns the way to stop. */
  listen(hear: (transaction: Transaction) => void): () => void
  /**
   * The commits after `lsn` that are still in the window, oldest first; undefined when the window no longer reaches
   * back that far. The answer may be older or newer than what has been heard when it is used: it holds every commit
   * up to `lsn` of this stream at the time of the call at least, and perhaps some that are heard only later.
   */
  since(lsn: string): Promise<readonly Transaction[] | undefined>
  /**
   * The commits in the window that a snapshot, told as the text of `pg_current_snapshot()`, does not see, oldest first.
   * A commit is in the log before it becomes visible, so only this tells which commits a query has missed; its position
   * in the log does not. Undefined when the window no longer reaches back to `from`, a position read before the
   * snapshot was taken. What was said about the time of the answer of `since` is true here, too.
   */
  notSeenBy(snapshot: string, from: string): Promise<readonly Transaction[] | undefined>
  /** Resolves once every commit made before the call has been heard. Calls made at the same time share one mark in the log. */
  caughtUp(): Promise<void>
  /**
   * Hears that the history has ended (Postgres dropped the slot, or another server of the cluster took over): commits
   * may be missing, `epoch` is another and `since` knows nothing of before. Returns the way to stop.
   */
  onBreak(hear: () => void): () => void
  /**
   * Takes the tables of a schema into the stream; call it in the transaction that makes a table. Does nothing where
   * the platform's role is a superuser, since then every table is in the stream anyway.
   */
  publish(tx: Tx, schema: string): Promise<void>
}
