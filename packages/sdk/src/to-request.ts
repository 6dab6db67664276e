import type { BatchOperation } from '@cloudbox/protocol/batch'
import { toSearch, type QueryState, type Write } from './query-state.ts'
import type { ApiRequest } from './request.ts'
import { preferOf } from './write-options.ts'

const methods = { insert: 'POST', upsert: 'PUT', update: 'PATCH', delete: 'DELETE' } as const

/** The request that lists, or writes, what a builder has gathered. */
export function toRequest(state: QueryState): ApiRequest {
  const { write, signal } = state
  const path = `/data/${encodeURIComponent(state.collection)}${toSearch(state)}`
  if (write === undefined) return { method: 'GET', path, ...(signal && { signal }) }
  const body = bodyOf(write)
  const { options } = write
  return {
    method: methods[write.kind],
    path,
    ...(body !== undefined && { body }),
    headers: { prefer: preferOf(options), 'idempotency-key': options.idempotencyKey },
    ...(signal && { signal }),
  }
}

/** The same write as an operation of a batch. */
export function toOperation(state: QueryState, write: Write): BatchOperation {
  const query = toSearch(state).slice(1)
  const data = bodyOf(write) as BatchOperation['data']
  const prefer = preferOf(write.options)
  return {
    op: write.kind,
    collection: state.collection,
    ...(query !== '' && { query }),
    ...(data !== undefined && { data }),
    ...(prefer !== undefined && { prefer }),
  }
}

/** An upsert always speaks of several; one document is unwrapped again by `pick`. */
function bodyOf({ kind, body }: Write): unknown {
  return kind === 'upsert' && !Array.isArray(body) ? [body] : body
}
