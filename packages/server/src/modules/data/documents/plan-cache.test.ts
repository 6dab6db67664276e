import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '../../../kernel/caller.ts'
import type { Collection, Collections } from '../collection.ts'
import { accessOf } from './access.ts'
import { PlanCache } from './plan-cache.ts'

const todos = { name: 'todos', schema: 'demo__dev' } as Collection
const notes = { name: 'notes', schema: 'demo__dev' } as Collection
const all: Collections = new Map()
const ann: Caller = { kind: 'user', uid: 'ann', claims: {}, expiresAtMs: 0 }
const bob: Caller = { kind: 'user', uid: 'bob', claims: {}, expiresAtMs: 0 }

function counting() {
  const cache = new PlanCache<number>()
  let made = 0
  return (caller: Caller, collections = all, collection = todos, query = 'a=eq.1') =>
    cache.get(collection, accessOf(caller, collections), query, () => ++made)
}

test('the same question of the same caller is planned once', () => {
  const plan = counting()
  assert.equal(plan(ann), plan(ann))
})

test('another caller, collection, query or structure is planned anew', () => {
  const plan = counting()
  const plans = [
    plan(ann),
    plan(bob),
    plan(ann, all, notes),
    plan(ann, all, todos, 'a=eq.2'),
    plan(ann, new Map()),
  ]
  assert.equal(new Set(plans).size, plans.length)
})

test('what asked for the time or the address of its request is not kept', () => {
  const cache = new PlanCache<unknown>()
  let made = 0
  const ask = (reads: (access: ReturnType<typeof accessOf>) => unknown) => {
    const access = accessOf(ann, all, '127.0.0.1')
    return cache.get(todos, access, '', () => [++made, reads(access)])
  }
  ask(access => access.bindings.nowUs)
  ask(access => access.bindings.request?.ip)
  ask(access => access.bindings.auth?.uid)
  ask(access => access.bindings.auth?.uid)
  assert.equal(made, 3)
})
