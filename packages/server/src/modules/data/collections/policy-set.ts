import type { Checked } from '@cloudbox/policy/checked'
import { conjuncts, type Conjunct } from '@cloudbox/policy/conjuncts'
import type { Operation } from '@cloudbox/protocol/collection'
import type { Collection, Collections } from '../collection.ts'
import { checkPolicy } from './check-policies.ts'

/** A policy ready to be bound to a caller. */
export interface CheckedPolicy {
  readonly operation: Operation
  /** As its author wrote it. */
  readonly text: string
  readonly checked: Checked
  /** The clauses it joins with `&&`, to tell which of them hid a document. */
  readonly clauses: readonly Conjunct[]
}

/** What a collection allows; an operation that is missing is closed to all but the secret key. */
export type PolicySet = ReadonlyMap<Operation, CheckedPolicy>

const known = new WeakMap<Collection, PolicySet>()

/** The policies of a collection, checked once for each version of it. `all` holds the collections they may look into. */
export function policySet(collection: Collection, all: Collections): PolicySet {
  const before = known.get(collection)
  if (before !== undefined) return before
  const policies = [...collection.policies.values()].map(
    ({ operation, text }): [Operation, CheckedPolicy] => {
      const checked = checkPolicy(operation, text, collection, all)
      return [operation, { operation, text, checked, clauses: conjuncts(checked) }]
    },
  )
  const set = new Map(policies)
  known.set(collection, set)
  return set
}
