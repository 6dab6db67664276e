import type { Minimal, UpsertOptions } from './write-options.ts'

/** What a builder has gathered; each step makes a new one. */
export interface QueryState {
  readonly collection: string
  /** Filters in the order they were given: `['done', 'eq.false']`. */
  readonly filters: readonly (readonly [name: string, value: string])[]
  /** Expressions in CloudBox CEL; all have to be true. */
  readonly where: readonly string[]
  /** `createdAt.desc`, `name` */
  readonly order: readonly string[]
  readonly select?: string
  readonly limit?: number
  readonly after?: string | null
  readonly count?: 'exact' | 'estimated'
  /** How many documents the result holds. */
  readonly shape: 'many' | 'single' | 'maybeSingle' | 'first'
  readonly write?: Write
  readonly signal?: AbortSignal
}

/** A write instead of a list. */
export interface Write {
  readonly kind: 'insert' | 'upsert' | 'update' | 'delete'
  readonly body?: unknown
  readonly options: Partial<Minimal & UpsertOptions>
}

type Parameter = readonly [name: string, value: string | number | undefined]

/** The query of a list, or of a write by filter, as it stands in the URL; empty or starting with `?`. */
export function toSearch(state: QueryState): string {
  return withMark([
    ...filterParameters(state),
    ['order', state.order.join(',') || undefined],
    ['limit', limitOf(state)],
    ['after', state.after ?? undefined],
    ['select', state.select],
    ['count', state.count],
    ['onConflict', state.write?.options.onConflict],
  ])
}

/** The query of a live query. Rows are kept by id and sorted here, so the id and the order's fields always come along. */
export function toLiveQuery(state: QueryState): string {
  const columns = state.select?.split(',').map(column => column.trim())
  const sortFields = state.order.map(term => term.split('.')[0] ?? term)
  const select = columns?.includes('*')
    ? '*'
    : columns && [...new Set([...columns, 'id', ...sortFields])].join()
  return withMark([
    ...filterParameters(state),
    ['order', state.order.join(',') || undefined],
    ['limit', limitOf(state)],
    ['select', select],
  ]).slice(1)
}

function filterParameters(state: QueryState): readonly Parameter[] {
  const where = state.where.length > 1 ? state.where.map(text => `(${text})`).join(' && ') : state.where[0]
  return [...state.filters, ['where', where]]
}

/** `.single()` needs to see a second document to know that there is one. */
function limitOf({ shape, limit, write }: QueryState): number | undefined {
  if (shape === 'many' || write !== undefined) return limit
  return Math.min(limit ?? Infinity, shape === 'first' ? 1 : 2)
}

function withMark(parameters: readonly Parameter[]): string {
  const pairs = parameters.flatMap(([name, value]) =>
    value === undefined ? [] : [`${encode(name)}=${encode(String(value))}`],
  )
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

/** Percent-encodes, but leaves commas and colons readable: both are allowed in a query. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll('%2C', ',').replaceAll('%3A', ':')
}
