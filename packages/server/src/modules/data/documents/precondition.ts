import { dataProblems } from '@cloudbox/protocol/data'
import { Problem } from '../../../kernel/problem.ts'
import { raw, sql, type Sql } from '../../../kernel/sql.ts'
import { parseIfMatch, type IfMatch } from './parse-if-match.ts'

/** What has to be true of the one document a request is about. */
export interface Precondition {
  /** It is there, in one of these versions. */
  readonly ifMatch?: IfMatch | undefined
  /** It is not there yet. */
  readonly isCreateOnly?: boolean
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

/**
 * Reads `If-Match` and `If-None-Match` of a writing request. One that cannot be kept is refused: whoever sends it
 * relies on it.
 *
 * @param takes `one`: the address names the document; `put`: the body does; `none`: there may be many.
 * @throws Problem `data/invalid-precondition`
 */
export function readPrecondition(headers: Headers, takes: 'one' | 'put' | 'none'): Precondition {
  const ifMatch = headers['if-match']
  const ifNoneMatch = headers['if-none-match']
  if (ifMatch === undefined && ifNoneMatch === undefined) return noPrecondition
  if (ifMatch !== undefined && takes === 'none')
    throw refused('if-match', 'means nothing here', 'It is for one document: by its id, or by PUT.')
  if (ifNoneMatch !== undefined && (takes !== 'put' || String(ifNoneMatch).trim() !== '*'))
    throw refused(
      'if-none-match',
      'a write takes only *, and only with PUT',
      'Use it to create, never change.',
    )
  if (ifMatch !== undefined && ifNoneMatch !== undefined)
    throw refused('if-none-match', 'contradicts If-Match', 'Send one of them.')
  return {
    ifMatch: ifMatch === undefined ? undefined : parseIfMatch(String(ifMatch)),
    isCreateOnly: ifNoneMatch !== undefined,
  }
}

export const noPrecondition: Precondition = {}

function refused(at: string, message: string, hint: string): Problem {
  return new Problem(dataProblems['invalid-precondition'], `${at}: ${message}.`, {
    hint,
    errors: [{ at, message }],
  })
}

/** True of the row when it still is what If-Match says. */
export function unchangedSql(row: string, ifMatch: IfMatch): Sql {
  if (ifMatch === '*') return raw('true')
  const { xmins, times } = ifMatch
  const isVersion = sql`${raw(row)}.xmin = any (${xmins.filter(isXid)}::xid[])`
  const isTime = sql`${raw(row)}."updated_at" = any (${[...times]}::timestamptz[])`
  if (times.length === 0) return isVersion
  return xmins.length === 0 ? isTime : sql`(${isVersion} or ${isTime})`
}

const isXid = (digits: string): boolean => Number(digits) < 2 ** 32

/** The answer to a precondition that does not hold. */
export function changedMeanwhile(what: string): Problem {
  return new Problem(dataProblems['changed-meanwhile'], `${what} is not what If-Match says any more.`)
}
