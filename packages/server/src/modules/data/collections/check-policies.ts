import { check } from '@cloudbox/policy/check'
import type { Checked } from '@cloudbox/policy/checked'
import type { Scope } from '@cloudbox/policy/check-context'
import type { Operation } from '@cloudbox/protocol/collection'
import type { Collection } from '../collection.ts'
import type { Mistakes } from './mistakes.ts'
import { tableSchema } from './table-schema.ts'

/** Checks the policy of every operation that has one. */
export function checkPolicies(
  collection: Collection,
  all: ReadonlyMap<string, Collection>,
  mistakes: Mistakes,
): Map<Operation, Checked> {
  const checked = new Map<Operation, Checked>()
  for (const { operation, text } of collection.policies.values()) {
    const at = `/policies/${operation}`
    const policy = mistakes.try(at, () => checkPolicy(operation, text, collection, all))
    if (policy === undefined) continue
    checked.set(operation, policy)
    if (policy.isAlwaysTrue && !policy.isPublic) {
      mistakes.add(
        at,
        'it is true for everyone, also without an account',
        'Write public("reason") to say that this is meant.',
        'public',
      )
    }
  }
  return checked
}

/**
 * Checks one policy. `doc` is the stored document (absent when one is created), `next` the incoming one (only when
 * there is one).
 * @throws CelError
 */
export function checkPolicy(
  operation: Operation,
  text: string,
  collection: Collection,
  all: ReadonlyMap<string, Collection>,
): Checked {
  const table = tableSchema(collection)
  const db = Object.create(null) as NonNullable<Scope['db']>
  for (const other of all.values()) db[other.name] = tableSchema(other)
  return check(text, {
    db,
    ...(operation === 'create' ? {} : { doc: table }),
    ...(operation === 'create' || operation === 'update' ? { next: table } : {}),
  })
}
