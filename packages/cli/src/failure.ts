import type { ProblemBody, ProblemDetail } from '@cloudbox/protocol/problem'

/** What the command line itself finds wrong. Codes never change, so that scripts can rely on them. */
export type FailureCode =
  | 'usage'
  | 'unknown-command'
  | 'needs-terminal'
  | 'not-confirmed'
  | 'not-signed-in'
  | 'not-set-up'
  | 'not-one'
  | 'not-whole'
  | 'interrupted'
  | 'unreachable'
  | 'unexpected-answer'
  | 'no-project'
  | 'cannot-load'
  | 'no-schema'
  | 'not-dev'
  | 'not-running'
  | 'unknown-template'
  | 'folder-not-empty'
  | 'install-failed'
  | 'runs-already'
  | 'sessions-broken'
  | 'sessions-busy'

/** Wrong usage, as shells know it. */
const usageCodes: ReadonlySet<FailureCode> = new Set([
  'usage',
  'unknown-command',
  'unknown-template',
  'needs-terminal',
])

interface FailureBody {
  readonly code: string
  /** What happened. */
  readonly detail: string
  /** What to do about it. */
  readonly hint?: string | undefined
  readonly errors?: readonly ProblemDetail[] | undefined
  readonly requestId?: string | undefined
}

/** Why a command did not do what it was told: printed with code, detail and hint, never with a stack. */
export class Failure extends Error {
  readonly body: FailureBody
  readonly exitCode: number

  constructor(body: FailureBody, exitCode = 1) {
    super(body.detail)
    this.body = body
    this.exitCode = exitCode
  }
}

export function failure(code: FailureCode, detail: string, hint?: string): Failure {
  return new Failure({ code: `cli/${code}`, detail, hint }, usageCodes.has(code) ? 2 : 1)
}

/** A problem that the server answered. */
export function problemFailure({ code, detail, hint, errors, requestId }: ProblemBody): Failure {
  return new Failure({ code, detail, hint, errors, requestId })
}
