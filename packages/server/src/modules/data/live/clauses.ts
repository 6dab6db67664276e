import { bind, isAlways, type Bound } from '@cloudbox/policy/bind'
import type { Operation } from '@cloudbox/protocol/collection'
import { policySet } from '../collections/policy-set.ts'
import type { Collection } from '../collection.ts'
import { Mistakes } from '../documents/mistakes.ts'
import { parseQuery } from '../documents/parse-query.ts'
import { planWhole } from '../documents/plan-list.ts'
import type { Access } from '../documents/plan.ts'
import { liveLookups, type Judged } from './live-lookups.ts'

/** One condition of a live query, as its author wrote it. */
export interface Clause extends Judged {
  readonly text: string
}

/** The conditions a policy joins with `&&`; none for the secret key. `whole` is the live query's predicate. */
export function policyClauses(
  collection: Collection,
  operation: Operation,
  access: Access,
  whole: Bound,
): Clause[] {
  if (access.caller.kind === 'secret') return []
  const request = { ...access.bindings.request, method: operation }
  const policy = policySet(collection, access.collections).get(operation)
  return (policy?.clauses ?? []).map(({ checked, source }) => {
    const bound = bind(checked, { ...access.bindings, request })
    // A look-up may be a set only because the filter fixes a field; then the whole stands for the condition.
    const judged = liveLookups(bound, access.collections) ?? liveLookups(whole, access.collections)
    return { text: source, ...judged! }
  })
}

/** The conditions of a query that has been understood as a whole: one for each of its parameters that filters. */
export function filterClauses(queryText: string, collection: Collection, access: Access): Clause[] {
  return queryText.split('&').flatMap(part => {
    const mistakes = new Mistakes()
    const bound = planWhole(parseQuery(part, mistakes), collection, access, mistakes)
    return isAlways(bound) || mistakes.found.length > 0 ? [] : [{ text: readable(part), bound, lookups: [] }]
  })
}

function readable(part: string): string {
  return new URLSearchParams(part).entries().reduce((text, [name, value]) => `${text}${name}=${value}`, '')
}
