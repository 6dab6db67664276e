import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, test } from 'node:test'
import type { ClientFrame, ServerFrame } from '@cloudbox/protocol/realtime'
import { id, sql } from '../../kernel/sql.ts'
import { startTestServer } from '../../testing/start-test-server.ts'
import { SocketClient } from '../../testing/socket-client.ts'
import { until } from '../../testing/until.ts'

const server = await startTestServer({ after }, { argv: ['--realtime-heartbeat-ms', '200'] })

/** A WebSocket over a plain socket, which can stop reading. Enough of RFC 6455 for frames without fragments. */
class RawClient {
  readonly frames: ServerFrame[] = []
  readonly socket: Socket
  isClosed = false
  /** Frames that had come before the one that closes. */
  framesAtClose: number | undefined
  #rest = Buffer.alloc(0)

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', data => this.#read(data))
    socket.on('error', () => {})
    socket.on('close', () => (this.isClosed = true))
  }

  static async open(environmentUrl: string, key: string): Promise<RawClient> {
    const { hostname, port, pathname } = new URL(environmentUrl)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    socket.write(
      `GET ${pathname}/v1/realtime?apikey=${key} HTTP/1.1\r\nhost: ${hostname}\r\nupgrade: websocket\r\n` +
        `connection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    )
    const [head] = (await once(socket, 'data')) as [Buffer]
    assert.match(String(head), /^HTTP\/1.1 101 /)
    const client = new RawClient(socket)
    client.send({ t: 'hello', v: 1 })
    return client
  }

  send(frame: ClientFrame): void {
    const text = Buffer.from(JSON.stringify(frame))
    assert.ok(text.length < 126)
    // A mask of zeros leaves the text as it is.
    this.socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]))
  }

  #read(data: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, data])
    for (;;) {
      const short = (this.#rest[1] ?? 0) & 0x7f
      const head = short < 126 ? 2 : short === 126 ? 4 : 10
      if (this.#rest.length < head) return
      const length =
        short < 126
          ? short
          : short === 126
            ? this.#rest.readUInt16BE(2)
            : Number(this.#rest.readBigUInt64BE(2))
      if (this.#rest.length < head + length) return
      if (this.#rest[0] === 0x81)
        this.frames.push(JSON.parse(this.#rest.toString('utf8', head, head + length)) as ServerFrame)
      else if (this.#rest[0] === 0x88) this.framesAtClose = this.frames.length
      this.#rest = this.#rest.subarray(head + length)
    }
  }
}

test('R13 a client that stops reading costs little, hurts nobody, and gets what it missed', async () => {
  const fields = { n: { type: 'integer' }, filler: { type: 'text' } }
  const made = await server.request('POST', '/data/$collections', {
    body: { name: 'stalled', fields, policies: { list: 'public("a test")' } },
  })
  assert.equal(made.status, 201)
  const raw = await RawClient.open(server.environmentUrl, server.publishableKey)
  after(() => raw.socket.destroy())
  raw.send({ t: 'sub', id: 1, coll: 'stalled' })
  raw.send({ t: 'sub', id: 2, coll: 'stalled', mode: 'lossless' })
  const other = await new SocketClient(server.environmentUrl, server.publishableKey).greet()
  after(() => other.close())
  other.send({ t: 'sub', id: 1, coll: 'stalled', mode: 'lossless' })
  const lives = () => raw.frames.flatMap(frame => (frame.t === 'live' ? [frame] : []))
  await until(() => lives().length === 2, 'it is live')
  await other.frame('live')

  raw.socket.pause()
  const table = id(server.environment.schema, 'stalled')
  const commits = 150
  const filler = 'x'.repeat(100_000)
  const [{ id: key }] = (await server.db.query<{ id: string }>(
    sql`insert into ${table} (n, filler) values (0, '') returning id`,
  )) as [{ id: string }]
  for (let n = 1; n <= commits; n++)
    await server.db.query(sql`update ${table} set n = ${n}, filler = ${filler} where id = ${key}`)
  await until(
    () => other.frames.filter(frame => frame.t === 'tx').length === commits + 1,
    'the other one has everything while the first reads nothing',
  )
  raw.socket.resume()
  const numbers = (s: number) => {
    const group = lives().find(frame => frame.s === s)!.g
    return raw.frames.flatMap(frame =>
      frame.t === 'tx'
        ? frame.c.flatMap(change => (change[1] === group ? [change[3]!.n as number] : []))
        : [],
    )
  }
  await until(() => [1, 2].every(s => numbers(s).at(-1) === commits), 'it has everything')
  assert.deepEqual(numbers(2), [...Array(commits + 1).keys()], 'every commit, once, in order')
  assert.ok(numbers(1).length < commits / 2, `only the net of what it missed: ${numbers(1).length}`)
  assert.deepEqual(
    numbers(1),
    numbers(1).toSorted((a, b) => a - b),
  )
  assert.deepEqual(
    raw.frames.filter(frame => frame.t === 'reset'),
    [],
  )
  // Cursors never pass what is missing.
  const position = new Map<number, string>()
  for (const frame of raw.frames) {
    if (frame.t === 'sync') for (const s of [1, 2]) position.set(s, frame.lsn)
    if (frame.t !== 'tx') continue
    for (const [, group] of frame.c) {
      const s = lives().find(({ g }) => g === group)!.s
      assert.ok(frame.lsn > (position.get(s) ?? ''), `a sync passed what subscription ${s} was not told`)
    }
  }
})

test('R12 nothing follows the goodbye, not even the heartbeat, to one who does not answer it', async () => {
  const rude = await RawClient.open(server.environmentUrl, server.secretKey)
  await until(() => rude.frames.some(({ t }) => t === 'sync'), 'its heart beats')
  for (let count = 0; count < 10; count++) rude.send({} as ClientFrame)
  await until(() => rude.framesAtClose !== undefined, 'it is closed')
  const other = new SocketClient(server.environmentUrl, server.secretKey)
  await other.greet()
  await until(() => other.frames.filter(({ t }) => t === 'sync').length > 2, 'the hearts of others beat')
  assert.equal(rude.frames.length, rude.framesAtClose)
  other.close()
  rude.socket.destroy()
})
