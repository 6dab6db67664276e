import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineEvent, on } from './events.ts'
import { hearEvents } from './hear-events.ts'
import { createLog } from './log.ts'
import type { ChangeStream, Transaction } from './stream.ts'
import { parseSnapshot } from './stream/transaction-snapshot.ts'

const log = createLog('silent', () => {})
const noted = defineEvent<number>('test.thing-noted')

function makeStream() {
  const hearers = new Set<(transaction: Transaction) => void>()
  const stream = {
    listen: (hear: (transaction: Transaction) => void) => {
      hearers.add(hear)
      return () => void hearers.delete(hear)
    },
  } as ChangeStream
  const commit = (xid: bigint, ...payloads: number[]) => {
    const changes = payloads.map(payload => ({ kind: 'event' as const, name: noted.name, payload }))
    for (const hear of hearers) hear({ lsn: '', xid, committedAtMs: 0, bytes: 0, changes })
  }
  return { stream, commit }
}

test('an event of the time before there are listeners waits for them; what was seen at the start is no news', () => {
  const { stream, commit } = makeStream()
  const events = hearEvents(stream, log)
  const heard: [number, bigint][] = []
  commit(9n, 1)
  commit(11n, 2)
  commit(10n, 3, 4)
  const listener = on(noted, (payload, { xid }) => void heard.push([payload, xid]))
  events.handTo([listener], parseSnapshot('10:12:10'))
  assert.deepEqual(heard, [
    [3, 10n],
    [4, 10n],
  ])
  commit(12n, 5)
  assert.deepEqual(heard.at(-1), [5, 12n])
  events.stop()
  commit(13n, 6)
  assert.equal(heard.length, 3)
})
