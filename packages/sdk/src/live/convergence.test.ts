import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change, ServerFrame } from '@cloudbox/protocol/realtime'
import fc from 'fast-check'
import { compareRows } from './compare-rows.ts'
import type { Row } from './row.ts'
import type { Snapshot } from './snapshot.ts'
import { Subscription } from './subscription.ts'

const lsn = (position: number) => position.toString(16).padStart(16, '0')
const order = [['n', 'desc']] as const

type Step =
  | { readonly do: 'commit'; readonly writes: readonly (readonly [key: string, n: number | null])[] }
  | { readonly do: 'deliver'; readonly frames: number }
  /** The last commit that was delivered comes a second time. */
  | { readonly do: 'repeat' }
  | { readonly do: 'reset' }
  | { readonly do: 'sync' }
  /** The line breaks; what was under way is lost. */
  | { readonly do: 'drop' }
  /** The server forgets its window: who comes back gets a reset. */
  | { readonly do: 'forget' }
  /** Another database takes over, with positions of its own. */
  | { readonly do: 'epoch' }

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      writes: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.option(fc.nat(4))), {
        minLength: 1,
        maxLength: 3,
      }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('deliver' as const), frames: fc.integer({ min: 1, max: 4 }) }),
  },
  ...(['repeat', 'reset', 'sync', 'drop', 'forget', 'epoch'] as const).map(name => ({
    weight: 1,
    arbitrary: fc.constant<Step>({ do: name }),
  })),
)

/** A server of one query that keeps the protocol: frames go through a line that may break. */
class ModelServer {
  rows = new Map<string, Row>()
  line: ServerFrame[] = []
  #position = 1
  #epoch = 1
  #group = 0
  #log: { position: number; changes: Change[] }[] = []

  get epoch(): string {
    return `e${this.#epoch}`
  }

  subscribe(subscription: Subscription): void {
    this.line = []
    this.#group++
    const frame = subscription.open(1)
    const since = 'since' in frame ? frame.since : undefined
    const oldest = this.#log[0]?.position ?? this.#position + 1
    if (since === undefined) this.#snapshot()
    else if (since.epoch !== this.epoch || Number.parseInt(since.lsn, 16) < oldest - 1) this.reset()
    else {
      this.#live()
      for (const { position, changes } of this.#log)
        if (lsn(position) > since.lsn) this.#send(position, changes)
    }
  }

  commit(writes: readonly (readonly [string, number | null])[]): void {
    this.#position += 1
    const before = new Map(this.rows)
    for (const [id, n] of writes) {
      if (n === null) this.rows.delete(id)
      else this.rows.set(id, { id, n })
    }
    const changes = [...new Set(writes.map(([id]) => id))].flatMap((id): Change[] => {
      const row = this.rows.get(id)
      if (row !== undefined) return [[before.has(id) ? '~' : '+', 0, id, row]]
      return before.has(id) ? [['-', 0, id]] : []
    })
    this.#log.push({ position: this.#position, changes })
    this.#send(this.#position, changes)
  }

  reset(): void {
    this.line.push({ t: 'reset', s: 1, why: 'gap' })
    this.#group++
    this.#snapshot()
  }

  sync(): void {
    this.line.push({ t: 'sync', lsn: lsn(this.#position) })
  }

  forget(): void {
    this.#log = []
  }

  takeOver(): void {
    this.#epoch++
    this.#position = 1
    this.#log = []
  }

  #snapshot(): void {
    const rows = [...this.rows.values()]
    this.line.push({ t: 'snap', s: 1, rows: rows.slice(0, 2) }, { t: 'snap', s: 1, rows: rows.slice(2) })
    this.#live()
  }

  #live(): void {
    this.line.push({ t: 'live', s: 1, g: this.#group, lsn: lsn(this.#position), order })
  }

  #send(position: number, changes: readonly Change[]): void {
    const c = changes.map((change): Change => {
      const [operation, , key, row] = change
      return operation === '-' ? ['-', this.#group, key] : [operation, this.#group, key, row]
    })
    this.line.push({ t: 'tx', lsn: lsn(position), at: 0, c })
  }
}

/** Plays changes onto what was shown before: they have to lead to what is shown now. */
function checkChanges(shown: Map<string, Row>, snapshot: Snapshot<Row>): void {
  for (const { type, doc, old } of snapshot.changes) {
    assert.equal(shown.get(String(doc.id)), old)
    assert.ok(type === 'removed' || doc !== old, 'told a second time')
    if (type === 'removed') shown.delete(String(doc.id))
    else shown.set(String(doc.id), doc)
  }
  assert.deepEqual(snapshot.data, [...shown.values()].sort(compareRows(order)))
}

function play(script: readonly Step[]): void {
  const server = new ModelServer()
  const subscription = new Subscription({ coll: 'c', q: 'order=n.desc' })
  const shown = new Map<string, Row>()
  let lastTx: Extract<ServerFrame, { t: 'tx' }> | undefined

  const see = (snapshot: Snapshot<Row> | undefined) => snapshot && checkChanges(shown, snapshot)
  const receive = (frame: ServerFrame) => {
    if (frame.t === 'snap') subscription.snap(frame.rows)
    else if (frame.t === 'live') see(subscription.live(frame, server.epoch))
    else if (frame.t === 'reset') subscription.reset()
    else if (frame.t === 'sync') subscription.sync(frame.lsn)
    else if (frame.t === 'tx') {
      lastTx = frame
      see(subscription.tx(frame.lsn, frame.c))
    }
  }
  const repeat = () => {
    if (lastTx !== undefined) receive(lastTx)
  }
  const reconnect = () => {
    lastTx = undefined
    see(subscription.lost())
    server.subscribe(subscription)
  }

  server.subscribe(subscription)
  for (const step of script) {
    if (step.do === 'commit') server.commit(step.writes)
    else if (step.do === 'deliver') server.line.splice(0, step.frames).forEach(receive)
    else if (step.do === 'repeat') repeat()
    else if (step.do === 'drop') reconnect()
    else if (step.do === 'epoch') {
      server.takeOver()
      reconnect()
    } else server[step.do]()
  }
  server.line.splice(0).forEach(receive)
  assert.equal(subscription.status, 'live')
  assert.deepEqual(shown, server.rows)
  assert.deepEqual(subscription.current()?.data, [...server.rows.values()].sort(compareRows(order)))
}

test('whatever happens on the line, the result becomes the server’s and every change is told once', () => {
  fc.assert(fc.property(fc.array(steps, { maxLength: 40 }), play), { numRuns: 2000 })
})
