import { encodeValue } from './encode-value.ts'
import type { Deadline } from './deadlines.ts'
import type { PgFailure } from './pg-failure.ts'
import type { Column, WireRow } from './read-row.ts'

/** The protocol counts them in 16 bits. */
const mostValues = 65_535

/** A statement as one connection knows it. */
export interface Parsed {
  /** Known once the server has parsed it. */
  columns: readonly Column[] | undefined
  usedAt: number
}

/** Wants to know how long statements take. */
export interface Watcher {
  answered(job: Job): void
}

/** One statement on its way: what was asked, and who waits for the answer. */
export class Job {
  /** As they are sent; undefined for trusted text of several statements, sent as it is. */
  readonly values: readonly (string | null)[] | undefined
  readonly text: string
  /** The name it is prepared under; empty when it is not worth one. */
  readonly name: string
  readonly rows: WireRow[] = []
  /** What it was parsed into, shared by all jobs that run it on one connection. */
  parsed: Parsed = { columns: undefined, usedAt: 0 }
  failure: PgFailure | undefined
  wasRetried = false
  /** Who waits has his answer from elsewhere: what comes is thrown away. */
  isSettled = false
  /** Who wants to know when it was answered, or failed. */
  watcher: Watcher | undefined
  /** Since when, by `performance.now()`. */
  askedAtMs = 0
  /** The server is asked to cancel it when it takes longer. */
  timeoutMs: number | undefined
  /** The end of that time, while it is watched. */
  deadline: Deadline | undefined
  /** Called when the server is through with it and the connection is free for the next. */
  done: (() => void) | undefined
  readonly answer: Promise<WireRow[]>
  #resolve!: (rows: WireRow[]) => void
  #reject!: (error: Error) => void

  /** @throws RangeError for what cannot be sent, as a date that is none: before any connection knows of it */
  constructor(text: string, values?: readonly unknown[], name = '') {
    if (values !== undefined && values.length > mostValues)
      throw new RangeError(`A statement takes ${mostValues} values at the most, not ${values.length}.`)
    this.text = text
    this.values = values?.map(encodeValue)
    this.name = name
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** The answer is complete. */
  settle(): void {
    if (this.isSettled) return
    this.isSettled = true
    this.watcher?.answered(this)
    if (this.failure === undefined) this.#resolve(this.rows)
    else this.#reject(this.failure)
  }

  fail(error: Error): void {
    if (this.isSettled) return
    this.isSettled = true
    this.watcher?.answered(this)
    this.#reject(error)
  }

  /** It is asked once more, from the beginning. */
  startAgain(): void {
    this.wasRetried = true
    this.failure = undefined
    this.rows.length = 0
  }

  /** A stand-in whose answer nobody waits for, so that this one can be asked elsewhere. */
  ghost(): Job {
    const ghost = new Job(this.text, this.values, this.name)
    ghost.parsed = this.parsed
    ghost.isSettled = true
    return ghost
  }
}
