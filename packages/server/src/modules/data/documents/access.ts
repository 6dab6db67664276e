import { always, bind, type Bindings } from '@cloudbox/policy/bind'
import type { Operation } from '@cloudbox/protocol/collection'
import { systemClock, type Clock } from '../../../kernel/clock.ts'
import type { Caller } from '../../../kernel/caller.ts'
import { policySet } from '../collections/policy-set.ts'
import { tableSchema } from '../collections/table-schema.ts'
import type { Collections } from '../collection.ts'
import type { Access } from './plan.ts'
import { queryLimits } from './query.ts'

/** What this caller may do with these collections, now. */
export function accessOf(
  caller: Caller,
  collections: Collections,
  ip?: string,
  maxRows: number = queryLimits.limit,
  clock: Clock = systemClock,
): Access {
  const auth = authOf(caller)
  const nowUs = clock.now() * 1000
  let isMomentary = false
  const bindingsOf = (method?: Operation): Bindings => ({
    auth,
    get nowUs() {
      isMomentary = true
      return nowUs
    },
    request: {
      method,
      get ip() {
        isMomentary = true
        return ip
      },
    },
  })
  return {
    caller,
    collections,
    maxRows,
    bindings: bindingsOf(),
    schemaOf: tableSchema,
    isMomentary: () => isMomentary,
    may(collection, operation) {
      if (caller.scope?.mayTouch(collection.name) === false) return undefined
      if (caller.kind === 'secret') return always
      const policy = policySet(collection, collections).get(operation)
      return policy && bind(policy.checked, bindingsOf(operation))
    },
  }
}

function authOf(caller: Caller): Bindings['auth'] {
  if (caller.kind !== 'user') return undefined
  const { uid, claims } = caller
  return { uid, role: typeof claims.role === 'string' ? claims.role : undefined, claims }
}
