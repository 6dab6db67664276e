import type { CodedProblem } from '@cloudbox/protocol/problem'
import { dataProblems } from '@cloudbox/protocol/data'
import { httpProblems } from '@cloudbox/protocol/http'
import { Problem, type ProblemOptions } from './problem.ts'

/** What the driver says about a failed statement. Its message and its SQL never leave the server. */
export interface PgError {
  /** SQLSTATE, or the code of a broken connection. */
  readonly code: string
  readonly detail?: string
  readonly table?: string
  readonly column?: string
  readonly constraint?: string
}

/** The driver's error, or undefined for any other. */
export function toPgError(error: unknown): PgError | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code } = error as { code?: unknown }
  if (typeof code === 'string' && (/^[0-9A-Z]{5}$/.test(code) || connectionCodes.has(code)))
    return error as PgError
  // The pool and the driver say these without a code.
  const message = error instanceof Error ? error.message : ''
  return /^Connection terminated|^timeout exceeded when trying to connect|^Client (?:was closed|has encountered)/.test(
    message,
  )
    ? { code: '08006' }
    : undefined
}

const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
])

/** Two transactions were in each other's way; the same again usually works. */
export function isWorthRetrying(error: unknown): boolean {
  const code = toPgError(error)?.code
  return code === '40001' || code === '40P01'
}

/**
 * What an error of Postgres means to a caller; undefined when it means a bug.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function toProblem(error: unknown): Problem | undefined {
  const pg = toPgError(error)
  if (pg === undefined) return undefined
  const make = (kind: CodedProblem, detail: string, options: ProblemOptions = {}) =>
    new Problem(kind, detail, { ...options, cause: error })
  const unavailable = (detail: string) =>
    make(httpProblems.unavailable, detail, { headers: { 'retry-after': '1' } })

  switch (pg.code) {
    case '23505':
      return make(dataProblems.conflict, ...conflictOf(pg))
    case '23503':
      return make(dataProblems['broken-relation'], ...brokenRelationOf(pg))
    case '23001':
      return make(dataProblems['broken-relation'], 'Other documents point to this one.', {
        hint: 'Delete or change those first, or declare the relation with onDelete cascade or setNull.',
      })
    case '23502':
      return make(dataProblems['invalid-document'], `'${pg.column ?? 'a field'}' is required.`, {
        errors: [{ at: `/${pg.column ?? ''}`, message: 'is required' }],
      })
    case '23514': {
      // Constraints of fields are named field.rule.
      const [field = '', rule = 'check'] = (pg.constraint ?? '').split('.')
      const message = ruleTexts[rule] ?? `does not pass the check '${rule}'`
      return make(dataProblems['invalid-document'], `'${field}' ${message}.`, {
        errors: [{ at: `/${field}`, message }],
      })
    }
    case '22021':
    case '22P05':
      return make(httpProblems['invalid-request'], 'A text has a NUL character, which cannot be kept.')
    case '54000':
      return make(dataProblems['invalid-document'], 'A value is too large for the index on its field.')
    case '54001':
      return make(dataProblems['invalid-query'], 'The query is too complex.')
    case '57014':
    case '55P03':
      return make(dataProblems['too-slow'], 'The database stopped working on this, it took too long.')
    case '53100':
      return make(httpProblems['disk-full'], 'The disk of the database is full.')
    case '53200':
      return unavailable('The database is out of memory.')
    case '53300':
      return unavailable('The database has no free connection.')
    case '40001':
    case '40P01':
      return unavailable('Other requests were changing the same documents.')
    case '25006':
      return make(httpProblems['read-only'], 'The database takes no writes at the moment.', {
        headers: { 'retry-after': '5' },
      })
  }
  if (pg.code.startsWith('08') || pg.code.startsWith('57P') || connectionCodes.has(pg.code))
    return unavailable('The database cannot be reached at the moment.')
  return undefined
}

/** What operators of writes keep. */
const ruleTexts: Readonly<Record<string, string>> = {
  exact: 'would leave ±9007199254740991, where numbers stay exact',
  object: 'has to be an object',
  elements: 'would have more than 10000 elements',
}

/** `Key (email)=(a@b.c) already exists.` */
function keyOf({ detail = '' }: PgError): { names: string[]; value: string } | undefined {
  const [, columns, value] =
    /^Key \((.+?)\)=\(([^]*?)\) (?:already exists|is not present|is still referenced)/.exec(detail) ?? []
  if (columns === undefined || value === undefined) return undefined
  const names = columns.split(', ').map(name => name.replace(/^"(.*)"$/, '$1'))
  return { names, value: value.length > 80 ? `${value.slice(0, 80)}…` : value }
}

function conflictOf(pg: PgError): [string, ProblemOptions] {
  const key = keyOf(pg)
  if (key === undefined) return ['Another document has the same values.', {}]
  const fields = key.names.join(', ')
  return [
    `Another document has the ${fields} '${key.value}'.`,
    {
      hint: `${fields} is unique. Change the value, or use PUT with onConflict=${key.names[0]} to update the document that has it.`,
      errors: key.names.map(name => ({ at: `/${name}`, message: `'${key.value}' is taken` })),
    },
  ]
}

function brokenRelationOf(pg: PgError): [string, ProblemOptions] {
  const key = keyOf(pg)
  const [, kind, table] =
    /is (not present in|still referenced from) table "(.+)"\.$/.exec(pg.detail ?? '') ?? []
  if (key === undefined || table === undefined) return ['The other end of a relation is missing.', {}]
  if (kind === 'still referenced from')
    return [
      `Documents of ${table} still point to this one.`,
      {
        hint: `Delete or change those first, or declare the relation of ${table} with onDelete cascade or setNull.`,
      },
    ]
  return [
    `'${key.names.join(', ')}' points to ${table} ${key.value}, which does not exist.`,
    {
      hint: `Create it in ${table} first.`,
      errors: key.names.map(name => ({ at: `/${name}`, message: `there is no ${table} ${key.value}` })),
    },
  ]
}
