import { isNumber, isText, type Column } from './columns.ts'

/** One condition, as a chip shows it. */
export interface Filter {
  readonly field: string
  readonly operator: string
  /** As it was typed; several values by comma where the operator takes several. Empty where it takes none. */
  readonly value: string
}

export interface GridQuery {
  readonly filters: readonly Filter[]
  readonly order: { readonly field: string; readonly isDescending: boolean } | undefined
  readonly search: string
}

export interface Operator {
  readonly name: string
  readonly label: string
  readonly takes: 'one' | 'many' | 'nothing'
}

const present: readonly Operator[] = [
  { name: 'is.null', label: 'is empty', takes: 'nothing' },
  { name: 'is.not_null', label: 'is not empty', takes: 'nothing' },
]
const same: readonly Operator[] = [
  { name: 'eq', label: '=', takes: 'one' },
  { name: 'neq', label: '≠', takes: 'one' },
  { name: 'in', label: 'is one of', takes: 'many' },
]
const ordered: readonly Operator[] = [
  { name: 'gt', label: '>', takes: 'one' },
  { name: 'gte', label: '≥', takes: 'one' },
  { name: 'lt', label: '<', takes: 'one' },
  { name: 'lte', label: '≤', takes: 'one' },
]
const worded: readonly Operator[] = [
  { name: 'ilike', label: 'contains', takes: 'one' },
  { name: 'not.ilike', label: 'does not contain', takes: 'one' },
]

/** What a field can be compared by. */
export function operatorsOf(column: Column): readonly Operator[] {
  if (column.list)
    return [
      { name: 'contains', label: 'has all of', takes: 'many' },
      { name: 'overlaps', label: 'has one of', takes: 'many' },
      ...present,
    ]
  if (column.type === 'boolean')
    return [
      { name: 'is.true', label: 'is true', takes: 'nothing' },
      { name: 'is.false', label: 'is false', takes: 'nothing' },
      ...present,
    ]
  if (column.type === 'json' || column.type === 'geopoint') return present
  if (column.type === 'uuid' || column.type === 'relation') return [...same, ...present]
  return [...(isText(column) ? [same[0]!, ...worded, ...same.slice(1)] : same), ...ordered, ...present]
}

/** A value inside a group: quoted where a sign of the dialect stands in it. */
function quoted(value: string): string {
  return value !== '' && !/[\s,()"\\]/.test(value) ? value : `"${value.replaceAll(/["\\]/g, '\\$&')}"`
}

/** A condition as it stands inside a group: `country.eq.CH`. */
function conditionOf({ field, operator, value }: Filter): string {
  if (operator.startsWith('is.')) return `${field}.${operator}`
  if (operator === 'in' || operator === 'contains' || operator === 'overlaps') {
    const values = value.split(',').map(one => quoted(one.trim()))
    return `${field}.${operator}.(${values.join(',')})`
  }
  return `${field}.${operator}.${quoted(operator.endsWith('ilike') ? `*${value}*` : value)}`
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** What a text is looked for in: texts that contain it, numbers and ids that are it. Undefined where nothing can be. */
function searchOf(text: string, columns: readonly Column[]): string | undefined {
  const parts = columns.flatMap(column => {
    const { name, type, list } = column
    if (list) return isText(column) ? [`${name}.contains.(${quoted(text)})`] : []
    if (isText(column)) return [conditionOf({ field: name, operator: 'ilike', value: text })]
    if ((type === 'uuid' || type === 'relation') && uuid.test(text)) return [`${name}.eq.${text}`]
    return isNumber(column) && /^-?\d{1,15}$/.test(text) ? [`${name}.eq.${text}`] : []
  })
  return parts.length === 0 ? undefined : `or(${parts.join(',')})`
}

/** Everything a query asks for as the inside of `and=(…)`; undefined where it asks for everything. */
export function conditionsOf({ filters, search }: GridQuery, columns: readonly Column[]): string | undefined {
  const known = new Set(columns.map(({ name }) => name))
  const found = search === '' ? undefined : searchOf(search, columns)
  const parts = [
    ...filters.filter(({ field }) => known.has(field)).map(conditionOf),
    ...(search === '' ? [] : [found ?? 'id.is.null']),
  ]
  return parts.length === 0 ? undefined : parts.join(',')
}

/** The parameter `order` of the API. */
export function orderOf({ order }: GridQuery): string | undefined {
  return order && `${order.field}.${order.isDescending ? 'desc' : 'asc'}`
}

/** Reads a query from the address of the page, where it can be kept and sent to others. */
export function readQuery(params: Pick<URLSearchParams, 'get' | 'getAll'>): GridQuery {
  const filters = params.getAll('filter').flatMap(text => {
    const match = /^([^.]+)\.(is\.(?:null|not_null|true|false)|not\.ilike|[a-zA-Z]+)(?:\.([\s\S]*))?$/.exec(
      text,
    )
    return match ? [{ field: match[1]!, operator: match[2]!, value: match[3] ?? '' }] : []
  })
  const order = /^([^.]+)\.(asc|desc)$/.exec(params.get('order') ?? '')
  return {
    filters,
    order: order ? { field: order[1]!, isDescending: order[2] === 'desc' } : undefined,
    search: params.get('q') ?? '',
  }
}

/** The query as the address of the page has it; empty or beginning with `?`. */
export function writeQuery(query: GridQuery): string {
  const params = new URLSearchParams()
  for (const { field, operator, value } of query.filters)
    params.append('filter', value === '' ? `${field}.${operator}` : `${field}.${operator}.${value}`)
  const order = orderOf(query)
  if (order !== undefined) params.set('order', order)
  if (query.search !== '') params.set('q', query.search)
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}
