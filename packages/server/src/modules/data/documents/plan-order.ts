import type { Collection } from '../collection.ts'
import { fieldTraits } from '../collections/field-types.ts'
import type { Mistakes } from './mistakes.ts'
import type { PlannedOrder } from './plan.ts'
import type { OrderTerm } from './query.ts'
import { resolvePath } from './resolve-path.ts'

/** The order of a list, ending with the id unless a field before it already tells documents apart. */
export function planOrder(
  terms: readonly OrderTerm[],
  collection: Collection,
  mistakes: Mistakes,
): PlannedOrder[] {
  const order = planTerms(terms, collection, mistakes)
  const isTotal = order.some(({ path, mayBeNull }) => path.field?.unique === true && !mayBeNull)
  if (isTotal) return order
  const field = collection.fields.get('id')!
  const path = { column: field.column, keys: [], asText: false, field }
  return [...order, { path, sqlType: 'uuid', direction: 'asc', nulls: 'last', mayBeNull: false }]
}

/** The order as it was asked for. */
export function planTerms(
  terms: readonly OrderTerm[],
  collection: Collection,
  mistakes: Mistakes,
): PlannedOrder[] {
  const order: PlannedOrder[] = []
  for (const { path, direction, nulls } of terms) {
    const value = resolvePath(path, collection, mistakes)
    if (value === undefined) continue
    const { field } = value
    if (field !== undefined && (field.list || !fieldTraits[field.type].sortable)) {
      const what = field.list ? 'list' : field.type
      const hint = field.type === 'json' ? `order by a value in it: ${field.name}->>key` : undefined
      mistakes.add(path.at, `a ${what} has no order`, hint)
      continue
    }
    const sqlType = field === undefined ? (value.asText ? 'text' : 'jsonb') : fieldTraits[field.type].sql
    order.push({ path: value, sqlType, direction, nulls, mayBeNull: field?.required !== true })
  }
  return order
}
