import { toSearch, type QueryState } from './query-state.ts'
import type { ApiRequest } from './request.ts'

const methods = { insert: 'POST', upsert: 'PUT', update: 'PATCH', delete: 'DELETE' } as const

/** The request that lists, or writes, what a builder has gathered. */
export function toRequest(state: QueryState): ApiRequest {
  const { write, signal } = state
  const path = `/data/${encodeURIComponent(state.collection)}${toSearch(state)}`
  if (write === undefined) return { method: 'GET', path, ...(signal && { signal }) }
  // An upsert always speaks of several; one document is unwrapped again by `pick`.
  const body = write.kind === 'upsert' && !Array.isArray(write.body) ? [write.body] : write.body
  return {
    method: methods[write.kind],
    path,
    ...(body !== undefined && { body }),
    minimal: write.minimal,
    ...(signal && { signal }),
  }
}
