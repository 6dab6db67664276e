import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Duplex } from 'node:stream'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { WebSocket, WebSocketServer } from 'ws'
import { Frame, snapFrames } from './frame.ts'
import { Outbox } from './outbox.ts'

/** A socket of which the other end decides when something is read. */
class SlowStream extends Duplex {
  readonly writes: number[] = []
  #release: (() => void) | undefined

  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#take(1, done)
    void chunk
  }
  override _writev(chunks: unknown[], done: () => void): void {
    this.#take(chunks.length, done)
  }
  #take(count: number, done: () => void): void {
    this.writes.push(count)
    this.#release = done
  }
  async readAll(): Promise<void> {
    while (this.writableLength > 0) {
      this.#release?.()
      await nextTurn()
    }
  }
}

function scene(limitBytes: number) {
  const stream = new SlowStream({ writableHighWaterMark: 100 })
  const told: string[] = []
  const outbox = new Outbox(stream, {
    limitBytes,
    encode: frame => frame.webSocket,
    lagging: () => told.push('lagging'),
    drained: () => told.push('drained'),
    flooded: () => told.push('flooded'),
  })
  return { stream, outbox, told }
}

const frame = new Frame('x'.repeat(98))

test('I3 the frames of one tick are one write', async () => {
  const { stream, outbox } = scene(10_000)
  for (let i = 0; i < 8; i++) outbox.send(frame)
  await nextTurn()
  assert.deepEqual(stream.writes, [8])
})

test('R13 too much waiting means lagging, until everything has been read', async () => {
  const { stream, outbox, told } = scene(250)
  outbox.send(frame)
  outbox.send(frame)
  assert.equal(outbox.isLagging, false)
  outbox.send(frame)
  assert.equal(outbox.isLagging, true)
  await nextTurn()
  assert.deepEqual(told, ['lagging'])
  await stream.readAll()
  assert.equal(outbox.isLagging, false)
  assert.deepEqual(told, ['lagging', 'drained'])
})

test('R13 a snapshot larger than the limit is not held against its reader', async () => {
  const { stream, outbox, told } = scene(250)
  outbox.sendSnapshot(Array.from({ length: 20 }, () => frame))
  outbox.send(frame)
  await nextTurn()
  assert.deepEqual(told, [])
  outbox.send(frame)
  outbox.send(frame)
  assert.deepEqual(told, ['lagging'], 'but what comes on top is')
  await stream.readAll()
})

test('R13 while much is waiting no other snapshot is taken, and what is sent to one who lags is bounded', async () => {
  const { stream, outbox, told } = scene(250)
  const snapshot = Array.from({ length: 20 }, () => frame)
  assert.equal(outbox.sendSnapshot(snapshot), true)
  assert.equal(outbox.sendSnapshot(snapshot), false)
  await nextTurn()
  assert.equal(stream.writableLength, 20 * 100)
  await stream.readAll()
  assert.deepEqual(told, ['drained'])
  for (let i = 0; i < 3; i++) outbox.send(frame)
  assert.deepEqual(told, ['drained', 'lagging'])
  for (let i = 0; i < 2; i++) outbox.send(frame)
  assert.deepEqual(told, ['drained', 'lagging'])
  outbox.send(frame)
  assert.deepEqual(told, ['drained', 'lagging', 'flooded'])
})

test('frames of every length are what a WebSocket client reads', async t => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  t.after(() => server.close())
  const texts = [0, 1, 125, 126, 65_535, 65_536, 200_000].map(
    length => 'ä'.repeat(Math.floor(length / 2)) + 'x'.repeat(length % 2),
  )
  server.on('connection', (_socket, request) => {
    for (const text of texts) request.socket.write(new Frame(text).webSocket)
  })
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const client = new WebSocket(`ws://127.0.0.1:${port}`)
  t.after(() => client.close())
  const heard: string[] = []
  await new Promise<void>((done, fail) => {
    client.on('message', data => heard.push(String(data)) === texts.length && done())
    client.on('error', fail)
  })
  assert.deepEqual(heard, texts)
})

test('a snapshot is cut into frames of bounded size, with every row once', () => {
  const rows = Array.from({ length: 50 }, (_, i) => JSON.stringify({ id: i, filler: 'x'.repeat(5000) }))
  const frames = snapFrames(3, [...rows, JSON.stringify({ id: 50, filler: 'y'.repeat(100_000) })])
  const read = frames.map(({ text }) => JSON.parse(text) as { t: string; s: number; rows: { id: number }[] })
  assert.deepEqual(
    read.flatMap(({ rows }) => rows.map(({ id }) => id)),
    Array.from({ length: 51 }, (_, i) => i),
  )
  assert.ok(frames.slice(0, -1).every(({ text }) => text.length < 70_000))
  assert.ok(read.every(({ t, s }) => t === 'snap' && s === 3))
  assert.deepEqual(snapFrames(3, []), [])
})
