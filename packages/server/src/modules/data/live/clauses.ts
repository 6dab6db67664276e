import { bind, isAlways, type Bound } from '@cloudbox/policy/bind'
import type { Operation } from '@cloudbox/protocol/collection'
import { policySet } from '../collections/policy-set.ts'
import type { Collection } from '../collection.ts'
import { Mistakes } from '../documents/mistakes.ts'
import { parseQuery } from '../documents/parse-query.ts'
import { planWhole } from '../documents/plan-list.ts'
import type { Access } from '../documents/plan.ts'

/** One condition of a live query, as its author wrote it. */
export interface Clause {
  readonly text: string
  readonly bound: Bound
}

/** The conditions a policy joins with `&&`; none for the secret key. */
export function policyClauses(collection: Collection, operation: Operation, access: Access): Clause[] {
  if (access.caller.kind === 'secret') return []
  const request = { ...access.bindings.request, method: operation }
  const policy = policySet(collection, access.collections).get(operation)
  return (policy?.clauses ?? []).map(({ checked, source }) => ({
    text: source,
    bound: bind(checked, { ...access.bindings, request }),
  }))
}

/** The conditions of a query that has been understood as a whole: one for each of its parameters that filters. */
export function filterClauses(queryText: string, collection: Collection, access: Access): Clause[] {
  return queryText.split('&').flatMap(part => {
    const mistakes = new Mistakes()
    const bound = planWhole(parseQuery(part, mistakes), collection, access, mistakes)
    return isAlways(bound) || mistakes.found.length > 0 ? [] : [{ text: readable(part), bound }]
  })
}

function readable(part: string): string {
  return new URLSearchParams(part).entries().reduce((text, [name, value]) => `${text}${name}=${value}`, '')
}
