import { always, bind, type Bound } from '@cloudbox/policy/bind'
import type { Collection } from '../collection.ts'
import { filterToIr } from './filter-to-ir.ts'
import type { Mistakes } from './mistakes.ts'
import type { Access } from './plan.ts'
import type { Filter } from './query.ts'

/** A filter as a bound predicate; no filter is always true. */
export function planFilter(
  filter: Filter | undefined,
  collection: Collection,
  access: Access,
  mistakes: Mistakes,
): Bound {
  if (filter === undefined) return always
  return bind({ node: filterToIr(filter, collection, mistakes) }, access.bindings)
}
