import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StreamTable } from '../stream.ts'
import { decodeRowChange } from './decode-pgoutput.ts'
import { readEvent } from './event-message.ts'
import { unpackChanges } from './packed-changes.ts'
import { TransactionBuilder } from './transaction-builder.ts'
import { TransactionWindow } from './transaction-window.ts'

const columns = ['id', 'body'].map(name => ({ name, typeOid: 25, isKey: name === 'id' }))
const tables: StreamTable[] = ['a', 'b', 'c'].map(name => ({ schema: 's', name, columns }))

type Row = readonly (string | null)[]

function rowBytes(row: Row): Buffer {
  const count = Buffer.alloc(2)
  count.writeUInt16BE(row.length)
  const values = row.map(value => {
    if (value === null) return Buffer.from('n')
    const head = Buffer.alloc(5)
    head.write('t')
    head.writeUInt32BE(Buffer.byteLength(value), 1)
    return Buffer.concat([head, Buffer.from(value)])
  })
  return Buffer.concat([count, ...values])
}

/** A message as the output plugin writes it: letter, oid, then the rows, each after its mark. */
function message(kind: 'I' | 'U' | 'D', oid: number, before: Row, after: Row): Buffer {
  const head = Buffer.alloc(5)
  head.write(kind)
  head.writeUInt32BE(oid, 1)
  const parts = {
    I: [['N', after]],
    U: [
      ['O', before],
      ['N', after],
    ],
    D: [['O', before]],
  } as const
  return Buffer.concat([head, ...parts[kind].flatMap(([mark, row]) => [Buffer.from(mark), rowBytes(row)])])
}

const row = fc.tuple(fc.string(), fc.option(fc.string({ unit: 'binary' })))
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('I', 'U', 'D'), table: fc.nat(2), before: row, after: row }),
  },
  fc.record({ kind: fc.constant('truncate' as const), table: fc.nat(2) }),
  fc.record({ kind: fc.constant('event' as const), payload: fc.jsonValue() }),
)

test('what the window gives back is what was heard, whatever a commit changed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(step, { maxLength: 30 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 12 }),
      (commits, bulkRows) => {
        const window = new TransactionWindow(0n, { windowBytes: 1e9, windowMs: 1e9, windowLogBytes: 1e12 })
        const heard = commits.map((steps, i) => {
          const builder = new TransactionBuilder(BigInt(i + 1), { bulkRows, bulkBytes: 1e9 })
          for (const one of steps) {
            if (one.kind === 'truncate') builder.truncate(tables[one.table]!)
            else if (one.kind === 'event') {
              const content = JSON.stringify({ event: 'e', payload: one.payload })
              builder.event(readEvent(content)!, content)
            } else {
              const bytes = message(one.kind, one.table, one.before, one.after)
              builder.row(decodeRowChange(bytes, tables[one.table]!), bytes)
              // The wire's buffer is used again.
              bytes.fill(0)
            }
          }
          const built = builder.finish(BigInt(i + 1), 0)
          assert.deepEqual(unpackChanges(built.packed), built.transaction.changes)
          window.add(built, BigInt(i), 0)
          return built.transaction
        })
        assert.deepEqual(
          window.since('0'.repeat(16))!.map(({ lsn, changes }) => ({ lsn, changes })),
          heard.map(({ lsn, changes }) => ({ lsn, changes })),
        )
        const [first] = window.since('0'.repeat(16))!
        if (first !== undefined)
          assert.equal(first.changes, first.changes, 'those who ask together share one answer')
      },
    ),
  )
})
