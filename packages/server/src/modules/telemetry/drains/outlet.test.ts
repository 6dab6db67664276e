import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { LogLine } from '../../../kernel/log.ts'
import { until } from '../../../testing/until.ts'
import { Outlet } from './outlet.ts'

const lineOf = (n: number): LogLine => ({ atMs: n, level: 'info', event: 'request', fields: {} })

function scene(answer: (lines: readonly LogLine[]) => Promise<void> = async () => {}) {
  const sent: number[][] = []
  const turns: string[] = []
  const outlet = new Outlet({
    gatherMs: 5,
    send: async lines => {
      await answer(lines)
      sent.push(lines.map(({ atMs }) => atMs))
    },
    turned: (isFailing, why) => turns.push(isFailing ? why : 'works'),
  })
  return { sent, turns, outlet }
}

/** One line was put, and another one will be so many turns after the first has been sent. */
function sceneWithLater(turns: number) {
  let isFirst = true
  const made = scene(async () => {
    if (!isFirst) return
    isFirst = false
    let left = turns
    const later = () => (left-- > 0 ? queueMicrotask(later) : made.outlet.put(lineOf(2)))
    queueMicrotask(later)
  })
  made.outlet.put(lineOf(1))
  return made
}

test('lines are sent in order, in batches', async () => {
  const { sent, outlet } = scene()
  for (let n = 0; n < 2500; n++) outlet.put(lineOf(n))
  await until(() => outlet.state.delivered === 2500, 'all have arrived')
  assert.deepEqual(
    sent.flat(),
    Array.from({ length: 2500 }, (_, n) => n),
  )
  assert.ok(sent.every(batch => batch.length <= 1000))
  outlet.put(lineOf(9))
  await until(() => outlet.state.delivered === 2501, 'it goes on')
})

test('what does not arrive is sent again, and said once', async () => {
  let failures = 2
  const { sent, turns, outlet } = scene(async () => {
    if (failures-- > 0) throw new TypeError('fetch failed', { cause: new Error('refused') })
  })
  outlet.put(lineOf(1))
  await until(() => outlet.state.failure !== null, 'it fails')
  assert.equal(outlet.state.failure!.why, 'fetch failed: refused')
  await until(() => outlet.state.delivered === 1, 'it has arrived')
  assert.deepEqual(sent, [[1]])
  assert.deepEqual(turns, ['fetch failed: refused', 'works'])
  assert.equal(outlet.state.failure, null)
})

test('while nothing arrives the newest are kept, and the others counted', async () => {
  const { outlet } = scene(() => Promise.reject(new Error('away')))
  for (let n = 0; n < 10_500; n++) outlet.put(lineOf(n))
  assert.equal(outlet.state.waiting, 10_000)
  assert.equal(outlet.state.lost, 500)
  await outlet.stop()
  assert.equal(outlet.state.delivered, 0)
})

test('who stops sends what waits', async () => {
  const { sent, outlet } = scene()
  outlet.put(lineOf(1))
  outlet.put(lineOf(2))
  await outlet.stop()
  assert.deepEqual(sent, [[1, 2]])
})

test('a line put while the sender ends is sent as well, however the turns fall', async () => {
  for (let turns = 0; turns < 12; turns++) {
    const { sent, outlet } = sceneWithLater(turns)
    await until(() => outlet.state.delivered > 0, 'the first has arrived')
    await until(() => outlet.state.delivered === 2, `a line put ${turns} turns later arrives`)
    assert.deepEqual(sent.flat(), [1, 2])
  }
})

test('a line put while it is being stopped is sent or counted as lost', async () => {
  for (let turns = 0; turns < 12; turns++) {
    const { outlet } = sceneWithLater(turns)
    await outlet.stop()
    // By then the last line was put, whenever that was.
    await turn()
    const { delivered, lost, waiting } = outlet.state
    assert.deepEqual({ all: delivered + lost, waiting }, { all: 2, waiting: 0 }, `${turns} turns later`)
  }
})

test('after it was stopped nothing is sent any more, and what comes is counted as lost', async () => {
  const { sent, outlet } = scene()
  await outlet.stop()
  outlet.put(lineOf(1))
  const { lost, waiting } = outlet.state
  assert.deepEqual({ lost, waiting }, { lost: 1, waiting: 0 })
  assert.deepEqual(sent, [])
})
