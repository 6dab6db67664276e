import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Observation } from '../../../kernel/observation.ts'
import { drivenClock } from '../../../testing/driven-clock.ts'
import { Recorder } from './recorder.ts'
import { nowhere } from './window.ts'

const operation = { index: 0, kind: 'request', name: 'GET /data/:collection' } as const

test('what is done belongs to its own ten seconds, however late they are taken', async () => {
  const clock = drivenClock(1_000_000)
  const recorder = new Recorder(clock, () => [])
  for (const times of [1, 2, 3]) {
    for (let i = 0; i < times; i++) recorder.hear(Object.assign(new Observation(operation), { status: 200 }))
    await clock.advance(30_000)
  }
  const counted = recorder.take().map(({ at, environments }) => {
    const [tally] = environments.get(nowhere)!.tallies.values()
    return [at, tally!.count]
  })
  assert.deepEqual(counted, [
    [1_000_000, 1],
    [1_030_000, 2],
    [1_060_000, 3],
  ])
})
