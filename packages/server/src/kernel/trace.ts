/** What took a part of an observation's time. */
export interface Step {
  readonly kind: 'sql' | 'policy'
  /** Text of the statement, or what was planned. */
  readonly what: string
  /** By `performance.now()`. */
  readonly startedAtMs: number
  readonly durationMs: number
  /** Rows it gave; 0 where it gives none. */
  readonly rows: number
}

/** Steps kept of one observation. */
const mostSteps = 100

/** The steps of one observation, kept while somebody traces. */
export class Trace {
  /** The `traceparent` of the caller, as it came. */
  readonly parent: string | undefined
  readonly steps: Step[] = []

  constructor(parent: string | undefined) {
    this.parent = parent
  }

  took(kind: Step['kind'], what: string, startedAtMs: number, durationMs: number, rows = 0): void {
    if (this.steps.length < mostSteps) this.steps.push({ kind, what, startedAtMs, durationMs, rows })
  }
}
