import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamTable, Transaction } from '../../kernel/stream.ts'
import { explain } from './explain.ts'
import { Subscription, type Receiver } from './subscription.ts'
import { testSecret } from '../../testing/callers.ts'
import { itemQuery } from './testing/item-query.ts'
import { testEnvironment } from './testing/test-client.ts'

const table: StreamTable = {
  schema: 'app',
  name: 'item',
  columns: [{ name: 'id', typeOid: 2950, isKey: true }],
}
const receiver: Receiver = {
  environment: testEnvironment,
  caller: testSecret,
  isLagging: false,
  send() {},
  sendSnapshot: () => true,
  tooSlow() {},
}

/** As many commits, of which each counts when its changes are unpacked. */
function commits(count: number, unpacked: () => void): Transaction[] {
  return Array.from({ length: count }, (_, at) => ({
    lsn: at.toString(16).padStart(16, '0'),
    xid: BigInt(at),
    committedAtMs: at,
    bytes: 0,
    get changes() {
      unpacked()
      return [
        { kind: 'insert' as const, table, new: [`00000000-0000-4000-8000-${String(at).padStart(12, '0')}`] },
      ]
    },
  }))
}

test('R18 explaining unpacks no more of the past than it tells', () => {
  let unpacked = 0
  const { decisions } = explain({
    subscription: new Subscription(receiver, 1, { collection: 'item', queryText: '' }, {}),
    query: itemQuery({}),
    found: new Map(),
    recent: commits(50_000, () => unpacked++),
    isFull: true,
    position: '0'.repeat(16),
  })
  assert.deepEqual([decisions.length, unpacked], [100, 100])
  assert.equal(decisions.at(-1)!.lsn, (49_999).toString(16).padStart(16, '0'))
})
