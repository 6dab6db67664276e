import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Environment } from '../../../kernel/caller.ts'
import { Observation, type Operation } from '../../../kernel/observation.ts'
import { Keeper, type KeeperConfig } from './keeper.ts'

const operation: Operation = { index: 0, kind: 'request', name: 'GET /data/:collection' }
const environment = { id: 'e1' } as Environment
const config: KeeperConfig = { slowMs: 100, refusedPercent: 0, keptPerMinute: 5 }

function observe(given: Partial<Observation>): Observation {
  return Object.assign(new Observation(operation), {
    environment,
    status: 200,
    url: '/a/b/v1/data/x',
    ...given,
  })
}

function keeper(changed: Partial<KeeperConfig> = {}) {
  const clock = { ms: 600_000, now: () => clock.ms, onJump: () => () => {} }
  let seed = 7
  const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
  return { clock, keeper: new Keeper({ ...config, ...changed }, clock, random) }
}

test('failed and slow requests are kept, quick ones are not', () => {
  const { keeper: kept, clock } = keeper()
  kept.hear(observe({ requestId: 'fine', durationMs: 99 }))
  kept.hear(observe({ requestId: 'slow', durationMs: 100 }))
  clock.ms += 50
  kept.hear(observe({ requestId: 'failed', status: 503, code: 'http/timeout', durationMs: 1 }))
  kept.hear(observe({ requestId: 'refused', status: 404 }))
  const taken = kept.take().map(({ requestId, reason, code }) => [requestId, reason, code])
  assert.deepEqual(taken, [
    ['slow', 'slow', null],
    ['failed', 'failed', 'http/timeout'],
  ])
  assert.deepEqual(kept.take(), [])
})

test('of refused requests a share is kept', () => {
  const { keeper: kept } = keeper({ refusedPercent: 10, keptPerMinute: 1000 })
  for (let i = 0; i < 1000; i++) kept.hear(observe({ status: 422 }))
  const { length } = kept.take()
  assert.ok(length > 60 && length < 140, `${length}`)
})

test('an environment has so many a minute, drawn evenly, and another one has its own', () => {
  const firsts = new Map<string, number>()
  for (let round = 0; round < 50; round++) {
    const { keeper: kept, clock } = keeper()
    clock.ms += round
    for (let i = 0; i < round; i++) kept.hear(observe({}))
    for (let i = 0; i < 20; i++) kept.hear(observe({ status: 500, requestId: i < 10 ? 'early' : 'late' }))
    kept.hear(observe({ status: 500, environment: { id: 'e2' } as Environment }))
    const taken = kept.take()
    assert.equal(taken.filter(({ environmentId }) => environmentId === 'e1').length, 5)
    assert.equal(taken.filter(({ environmentId }) => environmentId === 'e2').length, 1)
    for (const { requestId } of taken) firsts.set(requestId, (firsts.get(requestId) ?? 0) + 1)
  }
  assert.ok(firsts.get('late')! > 0 && firsts.get('early')! > 0)
})

test('what was taken in a minute counts until it is over, but one is always kept', () => {
  const { keeper: kept, clock } = keeper()
  const ten = () => {
    for (let i = 0; i < 10; i++) kept.hear(observe({ status: 500 }))
    return kept.take().length
  }
  assert.equal(ten(), 5)
  assert.equal(ten(), 1)
  clock.ms += 60_000
  assert.equal(ten(), 5)
})

test('nothing is kept where none is wanted', () => {
  const { keeper: kept } = keeper({ keptPerMinute: 0 })
  kept.hear(observe({ status: 500 }))
  assert.deepEqual(kept.take(), [])
})
