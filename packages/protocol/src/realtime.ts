/**
 * The realtime protocol: JSON text frames over one WebSocket at `/v1/realtime`, or the same frames as the data of
 * server-sent events at `/v1/realtime/events`, where all of the client's are in the body of its request.
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
  'not-lossless': {
    status: 422,
    title: 'This live query cannot be lossless',
    hint: 'Leave out limit and coalesce, or ask with mode rows.',
  },
  'unknown-commit': {
    status: 404,
    title: 'No commit has this token',
    hint: 'Send the x-cloudbox-commit of a write that has been answered.',
  },
  'too-many-awaits': {
    status: 429,
    title: 'This connection waits for too many commits',
    hint: 'Wait for the last one only: a commit passes after those before it.',
  },
  'unknown-subscription': {
    status: 404,
    title: 'There is no such subscription',
    hint: 'GET /v1/realtime/inspect lists them; connections of other workers are known to those only.',
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

/**
 * How changes are told. `rows`: the state is exact after every frame, but several commits may be told as one where
 * they had to wait. `lossless`: every change of every commit, one commit a frame, in order; what cannot be told so is
 * a `reset`.
 */
export type LiveMode = 'rows' | 'lossless'

/** Bounds of `coalesce`, in milliseconds. */
export const coalesceBounds = { min: 10, max: 60_000 } as const

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
      /** Hold changes back and tell them together, at most every so many milliseconds (10 to 60,000, whole). */
      readonly coalesce?: number
      /** `rows` unless told. */
      readonly mode?: LiveMode
    }
  | { readonly t: 'unsub'; readonly id: number }
  | { readonly t: 'auth'; readonly token: string | null }
  | { readonly t: 'ping' }
  /** Tell when everything of this commit has been told: `commit` is the `x-cloudbox-commit` of a write. */
  | { readonly t: 'await'; readonly commit: string }
  /** Tell what was decided about the last changes of this subscription's collection. */
  | { readonly t: 'explain'; readonly id: number }

/** What one change of a document meant to one live query. */
export type Outcome =
  | 'enter'
  | 'update'
  | 'leave'
  | 'not matched'
  | 'hidden by policy'
  | 'too many to tell'
  /** No document: the commit changed what the policy finds in another collection, and with it which documents may be seen. */
  | 'look-up changed'

/** What became of it. */
export type Fate =
  | 'sent'
  /** Nothing had to be sent. */
  | 'nothing to send'
  /** It is part of the answer the subscription began with. */
  | 'before the snapshot'
  /** It sorts behind the last document of the limit. */
  | 'behind the window'
  /** The client has not read what was sent before. */
  | 'waiting: slow reader'
  /** It is told with the next ones, as `coalesce` asks. */
  | 'held back: coalesce'
  /** The answer, or what was missed, is being read. */
  | 'waiting: being read'

/** One decision about one change of the collection, judged by query and policy as they are now. */
export interface Decision {
  readonly lsn: string
  /** Time of the commit, ms since 1970. */
  readonly at: number
  /** The document's id; absent when the commit does not tell its documents. */
  readonly key?: string
  readonly outcome: Outcome
  readonly fate: Fate
  /** For people: which condition decided. Conditions of a policy are named in dev environments and to the secret key only. */
  readonly why: string
}

/** Where the delivery of one live query stands. */
export interface DeliveryState {
  /** `starting`: the answer is being read; `behind`: what was missed is; `owed`: it starts anew once the client has read what is waiting. */
  readonly stage: 'starting' | 'live' | 'behind' | 'owed'
  /** Everything committed up to here has been told. */
  readonly position: string
  /** The client does not read as fast as the server sends. */
  readonly isLagging: boolean
  /** The position of its last snapshot; absent when it was continued. */
  readonly snapshot?: string
  /** Milliseconds changes are held back. */
  readonly coalesce?: number
  readonly mode: LiveMode
  /** Its last resets, oldest first. */
  readonly resets: readonly { readonly at: number; readonly why: ResetReason }[]
}

/** Why the last changes of its collection did or did not reach a live query. */
export interface Explanation {
  /** The last 100, oldest first. Changes of documents the caller may not see are left out. */
  readonly decisions: readonly Decision[]
  readonly state: DeliveryState
}

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
  /**
   * All changes of one commit this connection may see; or, for a subscription that had to wait, the net changes of
   * all commits up to lsn. `at`: time of the (last) commit, ms since 1970.
   */
  | { readonly t: 'tx'; readonly lsn: string; readonly at: number; readonly c: readonly Change[] }
  /** Nothing before lsn is missing; also the heartbeat. */
  | { readonly t: 'sync'; readonly lsn: string }
  /** Drop the rows of s; a new `snap` and `live` follow. */
  | { readonly t: 'reset'; readonly s: number; readonly why: ResetReason }
  /** Every subscription made before the `await` has been told everything of that commit, which is at lsn or before. */
  | { readonly t: 'passed'; readonly commit: string; readonly lsn: string }
  | ({ readonly t: 'explained'; readonly s: number } & Explanation)
  /** A frame or subscription was refused, or an awaited commit; without `s` and `commit` it concerns the connection. */
  | { readonly t: 'err'; readonly s?: number; readonly commit?: string; readonly problem: ProblemBody }
  /** The token ends at this time (ms since 1970): send `auth`. */
  | { readonly t: 'expiring'; readonly at: number }
  /** The server closes; come back after retryMs (0: do not). */
  | { readonly t: 'bye'; readonly code: string; readonly retryMs: number }
