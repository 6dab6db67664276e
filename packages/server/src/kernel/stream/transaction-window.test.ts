import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { toHex } from './lsn.ts'
import { parseSnapshot, sees } from './transaction-snapshot.ts'
import { TransactionBuilder } from './transaction-builder.ts'
import { entryBytes, TransactionWindow } from './transaction-window.ts'

const limits = { windowBytes: 1e9, windowMs: 1e9, windowLogBytes: 1e12 }
const bulk = { bulkRows: 1000, bulkBytes: 1e9 }

test('a snapshot sees what was committed when it was taken', () => {
  const snapshot = parseSnapshot('10:15:10,12')
  assert.deepEqual(
    [9n, 10n, 11n, 12n, 14n, 15n].map(xid => sees(snapshot, xid)),
    [true, false, true, false, true, false],
  )
  assert.equal(sees(parseSnapshot('10:10:'), 9n), true)
  assert.equal(sees(parseSnapshot('10:10:'), 10n), false)
})

test('the window finds what a snapshot has missed, whatever the order of ids', () => {
  const xids = fc.uniqueArray(fc.bigInt(1n, 60n), { maxLength: 40 })
  fc.assert(
    fc.property(xids, fc.bigInt(1n, 60n), fc.bigInt(0n, 20n), xids, (committed, xmin, span, running) => {
      const snapshot = { xmin, xmax: xmin + span, running: new Set(running) }
      const window = new TransactionWindow(0n, limits)
      const all = committed.map((xid, i) => {
        const built = new TransactionBuilder(xid, bulk).finish(BigInt(i + 1), 0)
        window.add(built, BigInt(i), 0)
        return built.transaction
      })
      assert.deepEqual(
        window.notSeenBy(snapshot).map(({ xid }) => xid),
        all.map(({ xid }) => xid).filter(xid => !sees(snapshot, xid)),
      )
    }),
  )
})

test('each limit alone ends the window, and the server may forget exactly what has left it', () => {
  const trimmed = (changed: Partial<typeof limits>) => {
    const window = new TransactionWindow(0n, { ...limits, ...changed })
    for (let i = 1; i <= 10; i++)
      window.add(new TransactionBuilder(1n, bulk).finish(BigInt(i * 100), i), BigInt(i * 100 - 50), i)
    window.trim(10, 1000n)
    return { kept: window.since(toHex(700n))?.length, confirmable: window.confirmable(1000n) }
  }
  assert.deepEqual(trimmed({ windowBytes: 3 * entryBytes }), { kept: 3, confirmable: 750n })
  assert.deepEqual(trimmed({ windowMs: 2 }), { kept: 3, confirmable: 750n })
  assert.deepEqual(trimmed({ windowLogBytes: 250 }), { kept: 3, confirmable: 750n })
  assert.deepEqual(trimmed({ windowBytes: 3 * entryBytes - 1 }), { kept: undefined, confirmable: 850n })
  assert.deepEqual(trimmed({ windowBytes: 0 }), { kept: undefined, confirmable: 1000n })
})

test('what has left the window takes no memory, however large it was', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const held = () => {
    collect()
    return process.memoryUsage().arrayBuffers
  }
  const window = new TransactionWindow(0n, { ...limits, windowBytes: 5e6 })
  const before = held()
  for (let i = 1; i <= 100; i++) {
    const builder = new TransactionBuilder(BigInt(i), bulk)
    const content = 'x'.repeat(1e6)
    builder.event({ kind: 'event', name: 'said', payload: null }, content)
    window.add(builder.finish(BigInt(i), 0), BigInt(i - 1), 0)
    window.trim(0, BigInt(i))
  }
  assert.equal(window.since(toHex(96n))?.length, 4)
  assert.ok(held() - before < 20e6, `${held() - before} bytes`)
})
