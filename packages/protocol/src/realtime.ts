/**
 * The realtime protocol: JSON text frames over one WebSocket at `/v1/realtime`.
 * What they promise is written in the server's modules/realtime/SPEC.md.
 */
import { defineProblems, type ProblemBody } from './problem.ts'

/** Problems of live queries. */
export const realtimeProblems = defineProblems('realtime', {
  'bad-frame': { status: 400, title: 'The frame cannot be understood' },
  'not-live': {
    status: 422,
    title: 'This query cannot be live',
    hint: 'Leave out embedded relations and aggregates, and order by fields of the collection.',
  },
  'too-many-subscriptions': { status: 429, title: 'This connection has too many subscriptions' },
  'too-large': {
    status: 413,
    title: 'The live query has more documents than one subscription may hold',
    hint: 'Add a filter or a limit.',
  },
  'hello-needed': { status: 400, title: 'The first frame has to be hello' },
})

/** Version of this protocol; a server refuses another with `bye`. */
export const realtimeVersion = 1

/** Where a client stands in the stream of commits. Opaque; compare only for equality. */
export interface Cursor {
  /** Names one unbroken history of one database; another epoch means a fresh snapshot. */
  readonly epoch: string
  /** Log position of the last commit seen, as 16 hex digits, so that text order is log order. */
  readonly lsn: string
}

/** Why a subscription starts anew. */
export type ResetReason = 'gap' | 'policy' | 'auth' | 'schema' | 'bulk' | 'slow' | 'lookup'

/** Frames a client sends. `id` is the client's own number of a subscription. */
export type ClientFrame =
  | { readonly t: 'hello'; readonly v: number; readonly token?: string }
  | {
      readonly t: 'sub'
      readonly id: number
      readonly coll: string
      /** The query of a list, written exactly as in the URL: `done=eq.false&order=createdAt.desc&limit=50`. */
      readonly q?: string
      /** The id of one document, instead of a query. */
      readonly doc?: string
      /** The client already holds the rows as of here; answer with changes only, or `reset`. */
      readonly since?: Cursor
    }
  | { readonly t: 'unsub'; readonly id: number }
  | { readonly t: 'auth'; readonly token: string | null }
  | { readonly t: 'ping' }

/** One change of one document in a group: enter, update, or leave (deleted, or no longer in the query). A leave carries the key only. */
export type Change =
  | readonly ['+', group: number, key: string, row: Record<string, unknown>]
  | readonly ['~', group: number, key: string, row: Record<string, unknown>]
  | readonly ['-', group: number, key: string]

/** Frames the server sends. `s` is the client's number of a subscription, `g` the server's number of its group. */
export type ServerFrame =
  /** hb: milliseconds between two `sync` frames at most. */
  | {
      readonly t: 'welcome'
      readonly conn: string
      readonly epoch: string
      readonly lsn: string
      readonly hb: number
    }
  /** A part of the snapshot, in the query's order. */
  | { readonly t: 'snap'; readonly s: number; readonly rows: readonly Record<string, unknown>[] }
  /** The subscription is complete and current as of lsn; later changes name group g. `order` as parsed: rows sort by it, then by id. */
  | {
      readonly t: 'live'
      readonly s: number
      readonly g: number
      readonly lsn: string
      readonly order: readonly (readonly [field: string, direction: 'asc' | 'desc'])[]
      readonly limit?: number
    }
  /** All changes of one commit this connection may see. `at`: time of the commit, ms since 1970. */
  | { readonly t: 'tx'; readonly lsn: string; readonly at: number; readonly c: readonly Change[] }
  /** Nothing before lsn is missing; also the heartbeat. */
  | { readonly t: 'sync'; readonly lsn: string }
  /** Drop the rows of s; a new `snap` and `live` follow. */
  | { readonly t: 'reset'; readonly s: number; readonly why: ResetReason }
  /** A frame or subscription was refused; without `s` it concerns the connection. */
  | { readonly t: 'err'; readonly s?: number; readonly problem: ProblemBody }
  /** The token ends at this time (ms since 1970): send `auth`. */
  | { readonly t: 'expiring'; readonly at: number }
  /** The server closes; come back after retryMs (0: do not). */
  | { readonly t: 'bye'; readonly code: string; readonly retryMs: number }
