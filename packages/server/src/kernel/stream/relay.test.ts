import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { Link } from '../link.ts'
import { createLog } from '../log.ts'
import type { ChangeStream, StreamTable, Transaction } from '../stream.ts'
import { followStream } from './relayed-stream.ts'
import { StreamRelay } from './relay-source.ts'

const log = createLog('silent', () => {})
const table: StreamTable = {
  schema: 'app',
  name: 'item',
  columns: [{ name: 'id', typeOid: 25, isKey: true }],
}

/** Two ends of a wire that delivers a piece of what waits whenever it is told to. */
function makeWire(): { near: Link; far: Link; deliver(bytes: number): Promise<void> } {
  const ends: { end: Duplex; sent: Buffer[]; taken: (() => void)[] }[] = []
  for (let i = 0; i < 2; i++) {
    const sent: Buffer[] = []
    const taken: (() => void)[] = []
    const end = new Duplex({
      highWaterMark: 2000,
      read() {},
      write(chunk: Buffer, _encoding, done) {
        sent.push(chunk)
        taken.push(done)
      },
    })
    ends.push({ end, sent, taken })
  }
  const move = (from: number, bytes: number) => {
    const { sent, taken } = ends[from]!
    const all = Buffer.concat(sent.splice(0))
    if (all.length === 0) return
    ends[1 - from]!.end.push(all.subarray(0, bytes))
    if (all.length > bytes) sent.push(all.subarray(bytes))
    else for (const done of taken.splice(0)) done()
  }
  return {
    near: new Link(ends[0]!.end),
    far: new Link(ends[1]!.end),
    deliver: async bytes => {
      move(0, bytes)
      move(1, bytes)
      await new Promise(resolve => setImmediate(resolve))
    },
  }
}

/** A stream of commits made by hand; a position is the number of the commit. */
class HandStream implements ChangeStream {
  epoch = 'one'
  readonly ready = Promise.resolve()
  readonly commits: Transaction[] = []
  readonly #hearers = new Set<(transaction: Transaction) => void>()

  get lsn(): string {
    return String(this.commits.length).padStart(16, '0')
  }
  commit(): void {
    const n = this.commits.length + 1
    const row = [String(n)]
    const transaction: Transaction = {
      lsn: String(n).padStart(16, '0'),
      xid: BigInt(n),
      committedAtMs: n,
      bytes: 100_000,
      changes: [
        { kind: 'insert', table, new: row },
        { kind: 'event', name: 'test.done', payload: { n } },
        { kind: 'update', table, old: row, new: [null] },
        { kind: 'delete', table, old: row },
        { kind: 'truncate', table },
      ],
    }
    this.commits.push(transaction)
    for (const hear of this.#hearers) hear(transaction)
  }
  listen(hear: (transaction: Transaction) => void): () => void {
    this.#hearers.add(hear)
    return () => this.#hearers.delete(hear)
  }
  onBreak(): () => void {
    return () => {}
  }
  async since(lsn: string): Promise<readonly Transaction[]> {
    return this.commits.filter(commit => commit.lsn > lsn)
  }
  async notSeenBy(): Promise<readonly Transaction[]> {
    return this.commits
  }
  async caughtUp(): Promise<void> {}
  async publish(): Promise<void> {}
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: 'commit' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('deliver' as const), bytes: fc.integer({ min: 1, max: 3000 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('since' as const), back: fc.integer({ min: 0, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'mark' as const }) },
)

test('whatever the order of commits, deliveries and questions: nothing is missed and nothing comes twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom(1500, 1_000_000),
      async (steps, queueBytes) => {
        const source = new HandStream()
        const relay = new StreamRelay(source, { log, queueBytes })
        const { near, far, deliver } = makeWire()
        const following = followStream(far, log)
        relay.attach(near)
        await deliver(10_000)
        const stream = await following
        const settle = async () => {
          for (let i = 0; i < 200; i++) await deliver(100_000)
        }

        const heard: Transaction[] = []
        /** Where commits may be missing: what was heard before, and the position after. */
        let start = 0
        stream.onBreak(() => {
          heard.length = 0
          start = Number(stream.lsn)
        })
        stream.listen(transaction => heard.push(transaction))
        const open: Promise<void>[] = []
        for (const action of steps) {
          if (action.do === 'commit') source.commit()
          else if (action.do === 'deliver') await deliver(action.bytes)
          else if (action.do === 'mark') {
            const made = source.lsn
            open.push(stream.caughtUp().then(() => assert.ok(stream.lsn >= made)))
          } else {
            const from = String(Math.max(0, Number(stream.lsn) - action.back)).padStart(16, '0')
            const asked = stream.lsn
            open.push(
              stream.since(from).then(known => {
                if (known === undefined) return
                assert.ok((known.at(-1)?.lsn ?? from) >= asked || from === asked)
                assert.deepEqual(known, source.commits.slice(Number(from), Number(from) + known.length))
              }),
            )
          }
        }
        await settle()
        await Promise.all(open)
        relay.close()
        assert.deepEqual(heard, source.commits.slice(start))
        assert.ok(queueBytes < 1_000_000 || start === 0)
      },
    ),
    { numRuns: 30 },
  )
})
