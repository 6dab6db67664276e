import type { Bound } from '@cloudbox/policy/bind'
import type { StreamRow, StreamTable } from '../../../kernel/stream.ts'
import type { Tx } from '../../../kernel/db.ts'
import type { Collection } from '../collection.ts'
import type { Clause } from './clauses.ts'
import type { LiveLookup } from './live-lookups.ts'

/** What a client asks to be kept up to date about. */
export interface LiveRequest {
  readonly collection: string
  /** A list, written as in the URL. */
  readonly queryText?: string
  /** Or one document. */
  readonly documentId?: string
}

/** A row as predicates and order read it: column → value of the policy package's model, undefined when absent. */
export type ModelRow = Record<string, unknown>

/** What a live query is made of, to tell why a document is in it or not. A document is in it when all are true. */
export interface LiveClauses {
  readonly policy: readonly Clause[]
  readonly filter: readonly Clause[]
}

/** A query compiled for one caller: it can be asked once, and every change can be tested against it without the database. */
export interface LiveQuery {
  readonly collection: Collection
  /** Policy and filter with the caller's claims bound; equal for equal questions. */
  readonly predicate: Bound
  /** The same for one row of the collection, with each look-up as membership in the set of its number. */
  readonly judged: Bound
  /** The look-ups into other collections that decide together with the row. */
  readonly lookups: readonly LiveLookup[]
  /** Its parts as they were written, put together when asked for. */
  clauses(): LiveClauses
  /** Equal for two queries with the same collection version, predicate, order, limit and selection: they can share all work. */
  readonly groupKey: string
  readonly order: readonly (readonly [field: string, direction: 'asc' | 'desc'])[]
  readonly limit: number | undefined
  /** Asks for at most `rows` documents in order: key, document as JSON text, and the values it is ordered by. */
  snapshot(tx: Tx, rows: number): Promise<readonly { key: string; json: string; model: ModelRow }[]>
  /** The row of the change stream in the predicate's model. */
  readRow(table: StreamTable, row: StreamRow): ModelRow
  /** The document's key. */
  keyOf(model: ModelRow): string
  /** The document as the query selects it, byte for byte what a list answers. */
  writeJson(table: StreamTable, row: StreamRow): string
  /** Order of two rows by `order`, then by id, as Postgres sorts. */
  compare(a: ModelRow, b: ModelRow): number
}
