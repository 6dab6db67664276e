import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limitConcurrency } from './limit-concurrency.ts'

test('never more than the limit run, all run in order, and a failure frees its place', async () => {
  const run = limitConcurrency(2)
  let running = 0
  let most = 0
  const started: number[] = []
  const results = await Promise.allSettled(
    [0, 1, 2, 3, 4, 5].map(i =>
      run(async () => {
        started.push(i)
        most = Math.max(most, ++running)
        await new Promise(done => setImmediate(done))
        running--
        if (i % 2 === 0) throw new Error('no')
        return i
      }),
    ),
  )
  assert.equal(most, 2)
  assert.deepEqual(started, [0, 1, 2, 3, 4, 5])
  assert.deepEqual(
    results.map(result => result.status),
    ['rejected', 'fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
  )
})

test('whoever finds no place to wait is refused at once, and a place that is left is taken again', async () => {
  const run = limitConcurrency(1, { places: 2, refuse: () => new Error('full') })
  const held = Promise.withResolvers<string>()
  const first = run(() => held.promise)
  const second = run(async () => 'second')
  const third = run(async () => 'third')
  await assert.rejects(
    run(async () => assert.fail('never runs')),
    /full/,
  )
  held.resolve('first')
  assert.deepEqual(await Promise.all([first, second, third]), ['first', 'second', 'third'])
  assert.equal(await run(async () => 'later'), 'later')
})
