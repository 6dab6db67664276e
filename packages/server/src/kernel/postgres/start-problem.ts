/** What kept the server or its Postgres from starting, as `<word>/<kind>`. */
export type StartProblemCode =
  | 'postgres/no-binaries'
  | 'postgres/no-user'
  | 'postgres/unreachable-folder'
  | 'postgres/in-use'
  | 'postgres/other-version'
  | 'postgres/foreign-folder'
  | 'postgres/init-failed'
  | 'postgres/start-failed'
  | 'postgres/no-connection'
  | 'postgres/requirements'
  | 'server/no-shared-port'
  | 'server/name-taken'
  | 'server/master-key'
  | 'server/data-folder-open'
  | 'server/http-port-taken'
  | 'server/certificate'

/** The server cannot start, and a person can mend it: `message` says what is wrong, `hint` what to do. */
export class StartProblem extends Error {
  readonly code: StartProblemCode
  readonly hint: string | undefined

  constructor(code: StartProblemCode, message: string, hint?: string) {
    super(message)
    this.name = 'StartProblem'
    this.code = code
    this.hint = hint
  }
}
