import { CloudBoxError } from './cloudbox-error.ts'
import type { QueryState } from './query-state.ts'
import { failure, type Result, type Success } from './result.ts'

/** Gives the rows of an answer the shape the query asked for. */
export function pick(result: Success<unknown>, { shape, write }: QueryState): Result<unknown> {
  if (!Array.isArray(result.data)) return result
  const rows: unknown[] = result.data
  if (write?.kind === 'upsert' && !Array.isArray(write.body)) return { ...result, data: rows[0] ?? null }
  if (shape === 'many') return result
  const isNotOne = shape !== 'first' && (rows.length > 1 || (shape === 'single' && rows.length === 0))
  return isNotOne ? failure(notOne(rows.length)) : { ...result, data: rows[0] ?? null, nextCursor: null }
}

function notOne(found: number): CloudBoxError {
  return new CloudBoxError({
    code: 'client/not-one',
    status: 200,
    detail:
      found === 0
        ? 'No document was found where one was expected'
        : 'Several documents were found where one was expected',
    hint:
      found === 0
        ? 'Use .maybeSingle() when there may be none.'
        : 'Use .first(), or a filter that only one meets.',
  })
}
