/** An error the server told, or the end of the connection to it. Its message never leaves our server. */
export class PgFailure extends Error {
  override readonly name = 'PgFailure'
  /** SQLSTATE. */
  readonly code: string
  readonly severity?: string | undefined
  readonly detail?: string | undefined
  readonly schema?: string | undefined
  readonly table?: string | undefined
  readonly column?: string | undefined
  readonly constraint?: string | undefined
  /** The function of the server that raised it. */
  readonly routine?: string | undefined
  /** Where in the statement, in characters from 1. */
  readonly position?: number | undefined
  /** The same in a statement that a function has run. */
  readonly internalPosition?: number | undefined

  constructor(message: string, code: string, fields: Partial<PgFailure> = {}) {
    super(message)
    this.code = code
    this.severity = fields.severity
    this.detail = fields.detail
    this.schema = fields.schema
    this.table = fields.table
    this.column = fields.column
    this.constraint = fields.constraint
    this.routine = fields.routine
    this.position = fields.position
    this.internalPosition = fields.internalPosition
  }
}

/** Nobody can know whether a statement that was under way has happened. */
export function connectionLost(why = 'the connection to the database was lost'): PgFailure {
  return new PgFailure(why, '08006')
}

/** @see https://www.postgresql.org/docs/current/protocol-error-fields.html */
export function readFailure(buffer: Buffer, start: number, end: number): PgFailure {
  const fields: Record<string, string> = {}
  for (let at = start; at < end && buffer[at] !== 0;) {
    const stop = buffer.indexOf(0, at + 1)
    fields[String.fromCharCode(buffer[at]!)] = buffer.toString('utf8', at + 1, stop)
    at = stop + 1
  }
  return new PgFailure(fields['M'] ?? 'the server failed', fields['C'] ?? 'XX000', {
    severity: fields['V'] ?? fields['S'],
    detail: fields['D'],
    schema: fields['s'],
    table: fields['t'],
    column: fields['c'],
    constraint: fields['n'],
    routine: fields['R'],
    position: fields['P'] === undefined ? undefined : Number(fields['P']),
    internalPosition: fields['p'] === undefined ? undefined : Number(fields['p']),
  })
}
