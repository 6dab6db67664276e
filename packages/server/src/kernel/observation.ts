import type { Caller, Environment, Operator } from './caller.ts'
import type { Trace } from './trace.ts'
import type { Job, Watcher } from './wire/job.ts'

/**
 * What can be observed. A `delivery` is one commit told to the subscribers of one live query, an `account` something that
 * happened to an account.
 */
export type OperationKind = 'request' | 'delivery' | 'account' | 'job' | 'function'

/** Something that is done again and again, the same object each time. */
export interface Operation {
  /** Counts up from 0 in this process, so that lists can be kept by it. */
  readonly index: number
  readonly kind: OperationKind
  /** Of a request method and pattern, `GET /data/:collection`: never what only one request has. */
  readonly name: string
}

/** Who asked: `none` where the endpoint asks nobody for a key. */
export type CallerKind = 'none' | 'anonymous' | 'user' | 'secret' | 'operator'

/** All statements of one text. */
export interface StatementTimes {
  readonly text: string
  count: number
  /** From asking to the last row, the wait for a connection included. */
  ms: number
  slowestMs: number
  rows: number
}

/** Different texts kept of one observation. */
const mostTexts = 20

/**
 * One thing that was done: recorded once, and read by all who want to know (log, metrics, rollups). What only some of
 * them need, as the path of a request, is worked out by them.
 */
export class Observation implements Watcher {
  readonly operation: Operation
  /** By `performance.now()`. */
  readonly startedAtMs = performance.now()
  environment: Environment | undefined
  caller: CallerKind = 'none'
  /** Id of the key it came with. */
  key: string | undefined
  /** Id of the user who asked, and where from: so that people can be counted. Whoever hears of it keeps none of it. */
  user: string | undefined
  ip = ''
  userAgent = ''
  durationMs = 0
  /** Status of the answer; what is no request has 200 or 500. */
  status = 0
  /** Of the problem it was answered with. */
  code: string | undefined
  /** Time spent waiting for statements; of those that were under way together, the sum. */
  databaseMs = 0
  statementCount = 0
  rows = 0
  bytesIn = 0
  bytesOut = 0
  /** How many alike this one stands for. */
  times = 1
  /** Of a request: the address as it came. */
  url = ''
  requestId = ''
  /** The transaction whose commit it made, or told. */
  commit: bigint | undefined
  /** Its steps one by one; undefined where nobody traces. */
  trace: Trace | undefined
  /** The first texts it sent. */
  readonly statements: StatementTimes[] = []

  constructor(operation: Operation) {
    this.operation = operation
  }

  asks(caller: Caller | Operator): void {
    if ('email' in caller) this.caller = 'operator'
    else if (caller.kind === 'secret' && caller.actor.kind === 'operator') this.caller = 'operator'
    else {
      this.caller = caller.kind
      if (caller.kind === 'user') this.user = caller.uid
    }
  }

  /** A statement of it has been answered. */
  answered(job: Job): void {
    const ms = performance.now() - job.askedAtMs
    const rows = job.rows.length
    this.waited(ms)
    this.trace?.took('sql', job.text, job.askedAtMs, ms, rows)
    this.statementCount++
    this.rows += rows
    for (const known of this.statements) {
      if (known.text !== job.text) continue
      known.count++
      known.ms += ms
      known.rows += rows
      if (ms > known.slowestMs) known.slowestMs = ms
      return
    }
    if (this.statements.length < mostTexts)
      this.statements.push({ text: job.text, count: 1, ms, slowestMs: ms, rows })
  }

  /** It has waited for the database. */
  waited(ms: number): void {
    this.databaseMs += ms
  }
}
