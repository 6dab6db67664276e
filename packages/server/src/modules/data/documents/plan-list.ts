import { always, and, bind, type Bound } from '@cloudbox/policy/bind'
import { CelError } from '@cloudbox/policy/cel-error'
import { check } from '@cloudbox/policy/check'
import { dataProblems } from '@cloudbox/protocol/data'
import { policyProblems } from '@cloudbox/protocol/policy'
import { Problem } from '../../../kernel/problem.ts'
import type { Collection } from '../collection.ts'
import { readCursor } from './cursor.ts'
import { Mistakes } from './mistakes.ts'
import { planOrder } from './plan-order.ts'
import { planFilter } from './plan-filter.ts'
import { hasAggregates, planGrouping, refuseHaving } from './plan-grouping.ts'
import { planShape } from './plan-shape.ts'
import type { Access, ListPlan } from './plan.ts'
import { parseQuery } from './parse-query.ts'
import { queryLimits, type Query } from './query.ts'

/** Plans a list from the text of its query: what to answer, in which order, and of what. */
export function planList(queryText: string, collection: Collection, access: Access): ListPlan {
  // First of all: what is closed tells nothing of its fields, not even in hints.
  const policy = access.may(collection, 'list')
  if (policy === undefined) throw notAllowed(collection, 'list')
  const mistakes = new Mistakes()
  const query = parseQuery(queryText, mistakes)
  if (query.onConflict !== undefined) mistakes.add('?onConflict', 'belongs to an upsert (PUT)')
  const filter = planWhole(query, collection, access, mistakes)
  const what = hasAggregates(query.selection)
    ? planGroups(query, collection, access, mistakes)
    : planDocuments(query, collection, access, mistakes)
  mistakes.throwIfAny()
  const { order } = what
  return {
    ...what,
    policy,
    filter,
    predicate: and(policy, filter),
    limit: query.limit ?? queryLimits.defaultLimit,
    after: query.after === undefined ? undefined : readCursor(query.after, collection, order),
    count: query.count,
  }
}

type What = Pick<ListPlan, 'shape' | 'order' | 'grouping'>

function planDocuments(query: Query, collection: Collection, access: Access, mistakes: Mistakes): What {
  refuseHaving(query.having, mistakes)
  const shape = planShape(query.selection, collection, access, mistakes)
  return { shape, order: planOrder(query.order, collection, mistakes), grouping: undefined }
}

function planGroups(query: Query, collection: Collection, access: Access, mistakes: Mistakes): What {
  if (query.after !== undefined)
    mistakes.add(
      '?after',
      'groups have no pages',
      'ask for more at once with limit, or narrow them with having',
    )
  if (query.count === 'estimated')
    mistakes.add('?count', 'groups can only be counted exactly', 'use count=exact')
  const grouping = planGrouping(query, collection, access, mistakes)
  return { shape: { collection, outputs: [], withExtra: false }, order: [], grouping }
}

/** Everything that narrows the documents: the comparisons and `where`. */
export function planWhole(query: Query, collection: Collection, access: Access, mistakes: Mistakes): Bound {
  const filter = planFilter(query.filter, collection, access, mistakes)
  if (query.where === undefined) return filter
  // A mistake in the rest is told first: it may be one of ours about the same field.
  const where = mistakes.found.length === 0 ? planWhere(query.where, collection, access) : always
  return and(filter, where)
}

/** A filter cannot look into other collections: it would see what their policies hide. */
function planWhere(text: string, collection: Collection, access: Access): Bound {
  try {
    return bind(check(text, { doc: access.schemaOf(collection) }), access.bindings)
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    const errors = error.mistakes.map(({ message, start, end, hint }) => ({
      at: `?where[${start}:${end}]`,
      message,
      ...(hint === undefined ? {} : { hint }),
    }))
    throw new Problem(policyProblems['invalid-expression'], `${errors[0]!.at}: ${error.message}`, {
      hint: error.hint,
      errors,
    })
  }
}

/** The answer to an operation no policy opens. */
export function notAllowed(collection: Collection, operation: string): Problem {
  return new Problem(
    dataProblems['not-allowed'],
    `${collection.name} has no policy for '${operation}', so only the secret key may do this.`,
    { hint: `Add a policy: { "${operation}": "doc.owner == auth.uid" }, or public("reason") for everyone.` },
  )
}
