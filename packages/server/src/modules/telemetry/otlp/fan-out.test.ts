import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Observation } from '../../../kernel/observation.ts'
import { FanOut } from './fan-out.ts'

const parent = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 }

function scene() {
  let now = 0
  const told: string[] = []
  const fanOut = new FanOut(
    () => now,
    ({ spanId }, { operation }) => told.push(`${spanId.slice(0, 1)} ${operation.name}`),
  )
  return {
    told,
    fanOut,
    pass: (ms: number) => (now += ms),
    deliver: (commit: bigint, name = 'items') => {
      const delivery = new Observation({ index: 0, kind: 'delivery', name })
      delivery.commit = commit
      fanOut.hear(delivery)
    },
  }
}

test('a delivery and its request find each other, whichever comes first', () => {
  const { told, fanOut, deliver } = scene()
  deliver(7n)
  deliver(7n, 'lists')
  assert.deepEqual(told, [])
  fanOut.committed(7n, parent)
  deliver(7n, 'late')
  deliver(8n, 'of another commit')
  assert.deepEqual(told, ['2 items', '2 lists', '2 late'])
})

test('who waits too long is forgotten', () => {
  const { told, fanOut, deliver, pass } = scene()
  deliver(7n)
  fanOut.committed(1n, parent)
  pass(20_000)
  deliver(8n)
  fanOut.committed(2n, parent)
  fanOut.committed(7n, parent)
  deliver(1n)
  fanOut.committed(8n, parent)
  assert.deepEqual(told, ['2 items'])
})

test('many that nobody asks for are not kept', () => {
  const { told, fanOut, deliver } = scene()
  for (let commit = 0n; commit < 20_000n; commit++) deliver(commit)
  fanOut.committed(1n, parent)
  fanOut.committed(19_999n, parent)
  assert.deepEqual(told, ['2 items'])
})
