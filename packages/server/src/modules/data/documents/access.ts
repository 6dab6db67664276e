import { always, bind, type Bindings } from '@cloudbox/policy/bind'
import type { Caller } from '../../../kernel/caller.ts'
import { policySet } from '../collections/policy-set.ts'
import { tableSchema } from '../collections/table-schema.ts'
import type { Collections } from '../collection.ts'
import type { Access } from './plan.ts'

/** What this caller may do with these collections, now. */
export function accessOf(caller: Caller, collections: Collections, ip?: string): Access {
  const bindings = bindingsOf(caller, ip)
  return {
    collections,
    bindings,
    schemaOf: tableSchema,
    may(collection, operation) {
      if (caller.kind === 'secret') return always
      const policy = policySet(collection, collections).get(operation)
      return (
        policy && bind(policy.checked, { ...bindings, request: { ...bindings.request, method: operation } })
      )
    },
  }
}

function bindingsOf(caller: Caller, ip: string | undefined): Bindings {
  const base: Bindings = { request: { ip }, nowUs: Date.now() * 1000 }
  if (caller.kind !== 'user') return base
  const { uid, claims } = caller
  return { ...base, auth: { uid, role: typeof claims.role === 'string' ? claims.role : undefined, claims } }
}
