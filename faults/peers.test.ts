import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { createClient } from '@cloudbox/client'
import { checkAnswer } from './testing/answers.ts'
import { startBystander } from './testing/bystander.ts'
import { startCuttingProxy } from './testing/cutting-proxy.ts'
import { faultTest, rounds } from './testing/fault-test.ts'
import { everything } from './testing/queries.ts'
import type { Random } from './testing/random.ts'
import { openRaw, upgradeRequest, webSocketFrame, type RawPeer } from './testing/raw-peer.ts'
import { bugsOf, startServerProcess, type LogLine, type ServerProcess } from './testing/server-process.ts'
import { idOf, makeThings, persist, things, Writer } from './testing/writers.ts'

const tooMuchBytes = 300_000_000
/** Half of it: what a busy process has not yet cleared away may be a good deal more than what it holds. */
const mostGrowthBytes = tooMuchBytes / 2
/** More than the system takes for a peer that does not read: Linux gives each end of a connection a few megabytes. */
const tooMuchUnreadBytes = 30e6

faultTest('peers that vanish, never read, never finish or say too much', async (t, random) => {
  const server = await startServerProcess(t, {
    argv: [
      ...['--realtime-ping-interval-ms', '600'],
      ...['--realtime-heartbeat-ms', '200'],
      ...['--realtime-stall-ms', '300'],
      ...['--request-timeout-ms', '1000'],
    ],
  })
  await makeThings(server)
  const bystander = startBystander(t, server, random)
  await bystander.goOn()

  await t.test('one who vanished is let go, and comes back by itself', () => vanish(t, server, random))
  await bystander.goOn()
  await t.test('a message of 300 MB is refused before it is held', () => tooMuch(t, server))
  await bystander.goOn()
  await t.test('requests that never end are ended', () => neverFinish(t, server, bystander.goOn))
  await bystander.goOn()
  await t.test('what is no HTTP is answered in HTTP', () => noHttp(t, server, random))
  await bystander.goOn()
  assert.deepEqual(bugsOf(server), [])
})

faultTest('peers that never read are let go before they hold much', async (t, random) => {
  // Nobody is let go for being silent: what is left is that too much waits for them.
  const server = await startServerProcess(t, {
    argv: [...['--realtime-ping-interval-ms', '600000'], ...['--realtime-stall-ms', '300']],
  })
  await makeThings(server)
  const bystander = startBystander(t, server, random)
  await bystander.goOn()
  await neverRead(t, server)
  await bystander.goOn()
  assert.deepEqual(bugsOf(server), [])
})

async function vanish(t: TestContext, server: ServerProcess, random: Random): Promise<void> {
  const proxy = await startCuttingProxy(t, { targetPort: server.port })
  const [direct, behind] = [server.port, proxy.port].map(port =>
    createClient(`http://127.0.0.1:${port}/demo/dev`, server.secretKey),
  ) as [ReturnType<typeof createClient>, ReturnType<typeof createClient>]
  t.after(() => [direct, behind].forEach(box => box.close()))
  const writer = new Writer(t, 1, direct, random)
  const witness = everything.watch(behind, [writer])
  for (let round = 0; round < 2 * rounds; round++) {
    await writer.write()
    await witness.shows(await everything.ask(direct))
    const lost = new Promise<void>(resolve => {
      const stop = behind.connection.onChange(status => {
        if (status !== 'offline') return
        stop()
        resolve()
      })
    })
    const letGo = server.heard('realtime.connection-dropped', ({ reason }) => reason === 'silent')
    const lines = [...proxy.lines]
    const closed = lines.map(line => once(line.server, 'close'))
    for (const line of lines) line.vanish()
    await writer.write()
    await Promise.all([lost, letGo, ...closed])
  }
  await witness.shows(await everything.ask(direct))
  behind.close()
  proxy.stop()
}

async function neverRead(t: TestContext, server: ServerProcess): Promise<void> {
  const peers: RawPeer[] = []
  for (let count = 0; count < 20; count++) {
    const peer = await openSocket(t, server)
    await peer.say(webSocketFrame(Buffer.from('{"t":"hello","v":1}')))
    await peer.say(webSocketFrame(Buffer.from(`{"t":"sub","id":1,"coll":"${things}","q":"writer=eq.loud"}`)))
    await heardText(peer, '"t":"live"')
    peer.socket.pause()
    peers.push(peer)
  }
  const isOver = () => drops(server).length === peers.length
  const box = createClient(server.environmentUrl, server.secretKey)
  t.after(() => box.close())
  const end = new AbortController()
  t.after(() => end.abort())
  const color = 'x'.repeat(200_000)
  for (let n = 0; n * color.length < tooMuchUnreadBytes && !isOver(); n++)
    await persist(end.signal, () =>
      box.collection(things).upsert([{ id: idOf(7, 0), writer: 'loud', n, color }]),
    )
  if (!isOver()) await server.heard('realtime.connection-dropped', isOver)
  for (const { reason } of drops(server)) assert.match(String(reason), /^(?:stalled|flooding)$/)
  for (const peer of peers) {
    peer.socket.resume()
    await peer.over
  }
  await persist(end.signal, () => box.collection(things).eq('writer', 'loud').delete())
}

/** The connections it has ended because they read or answered nothing. */
function drops({ log }: ServerProcess): LogLine[] {
  return log.filter(({ event }) => event === 'realtime.connection-dropped')
}

async function tooMuch(t: TestContext, server: ServerProcess): Promise<void> {
  const path = '/demo/dev/v1/data/things'
  const head = (length: string) =>
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\napikey: ${server.secretKey}\r\ncontent-type: application/json\r\n${length}\r\n\r\n`
  const megabyte = Buffer.alloc(1_000_000, 'x')
  const ways: Record<string, (peer: RawPeer) => Promise<void>> = {
    'a body that says its length': async peer => {
      await peer.say(head(`content-length: ${tooMuchBytes}`))
      await pour(peer, megabyte)
    },
    'a body in chunks': async peer => {
      await peer.say(head('transfer-encoding: chunked'))
      await pour(peer, Buffer.concat([Buffer.from('F4240\r\n'), megabyte, Buffer.from('\r\n')]))
    },
    'a WebSocket message': async peer => {
      await peer.say(upgradeRequest(`/demo/dev/v1/realtime?apikey=${server.secretKey}`))
      await heardText(peer, '101 Switching Protocols')
      await peer.say(webSocketFrame(Buffer.alloc(0), { lengthBytes: tooMuchBytes }))
      await pour(peer, megabyte)
    },
    'a WebSocket message in pieces': async peer => {
      await peer.say(upgradeRequest(`/demo/dev/v1/realtime?apikey=${server.secretKey}`))
      await heardText(peer, '101 Switching Protocols')
      await peer.say(webSocketFrame(Buffer.from('x'), { firstByte: 0x01 }))
      await pour(peer, webSocketFrame(megabyte.subarray(0, 500_000), { firstByte: 0x00 }))
    },
  }
  for (const [name, play] of Object.entries(ways)) {
    server.forgetPeak()
    const before = server.peakBytes()
    const peer = await openRaw(t, server.port)
    await play(peer)
    const answer = peer.heard().toString('latin1')
    peer.socket.destroy()
    const grown = server.peakBytes() - before
    assert.ok(grown < mostGrowthBytes, `${name}: the server grew by ${Math.round(grown / 1e6)} MB`)
    if (name.startsWith('a body')) assert.match(answer, /^HTTP\/1.1 413 [^]*http\/body-too-large/, name)
    // 1009: message too big (RFC 6455).
    else assert.ok(answer.includes('\x88\x02\x03\xf1'), `${name}: ${JSON.stringify(answer.slice(0, 400))}`)
    t.diagnostic(`${name}: grew by ${Math.round(grown / 1e6)} MB`)
  }
}

/** Slow from the first byte, within the headers, within the body, and after a request that was answered. */
async function neverFinish(t: TestContext, server: ServerProcess, goOn: () => Promise<void>): Promise<void> {
  const beginnings = [
    'G',
    'GET /demo/dev/v1/data/things HTTP/1.1\r\nhost: local',
    `POST /demo/dev/v1/data/things HTTP/1.1\r\nhost: localhost\r\napikey: ${server.secretKey}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"n":`,
    `POST /demo/dev/v1/data/things HTTP/1.1\r\nhost: localhost\r\napikey: ${server.secretKey}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"n":`,
  ]
  const peers = await Promise.all(Array.from({ length: 200 }, () => openRaw(t, server.port)))
  await Promise.all(peers.map((peer, at) => peer.say(beginnings[at % beginnings.length]!)))
  await goOn()
  for (const peer of peers) {
    const answer = String(await peer.over)
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    assert.match(head, /^HTTP\/1.1 408 /)
    checkAnswer(408, body, 'half a request')
  }
}

async function noHttp(t: TestContext, server: ServerProcess, random: Random): Promise<void> {
  const path = '/demo/dev/v1/data/things'
  const broken = [
    () => random.bytes(random.integer(1, 3000)),
    () => 'GET\r\n\r\n',
    () =>
      `${random.pick(['GET', 'BREW', 'get', 'CONNECT'])} ${random.pick([path, '*', 'localhost:1', '\u0000'])} HTTP/${random.pick(['1.1', '9.9', '0.9'])}\r\n\r\n`,
    () =>
      `GET ${path} HTTP/1.1\r\nhost: a\r\nhost: b\r\nx: ${'y'.repeat(random.integer(1, 100_000))}\r\n\r\n`,
    () =>
      `GET ${path}${'/a'.repeat(random.integer(1, 20_000))} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
    () =>
      `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    () => `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: -5\r\n\r\n`,
    () => `POST ${path} HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
    () => `GET ${path} HTTP/1.1\r\nhost: a\r\nbad header\r\n\r\n`,
    () => upgradeRequest(`/${random.bytes(20).toString('latin1').replace(/\s/g, '')}`),
    () => upgradeRequest('/demo/dev/v1/realtime?apikey=%ff%00').replace('13', random.pick(['12', '-1', 'x'])),
    () => upgradeRequest('/demo/dev/v1/realtime').replace(/sec-websocket-key: .*/, 'sec-websocket-key: x'),
  ]
  for (let count = 0; count < 300 * rounds; count++) {
    const peer = await openRaw(t, server.port)
    await peer.say(random.pick(broken)())
    // Whoever waits for more gets it never.
    peer.socket.end()
    const answer = (await peer.over).toString('latin1')
    const status = Number(/^HTTP\/1.1 (\d+)/.exec(answer)?.[1] ?? 0)
    assert.ok(status === 0 || (status >= 400 && status < 500), answer)
    assert.doesNotMatch(answer, /node_modules|\.[tj]s:\d/)
  }
}

async function openSocket(t: TestContext, server: ServerProcess): Promise<RawPeer> {
  const peer = await openRaw(t, server.port)
  await peer.say(upgradeRequest(`/demo/dev/v1/realtime?apikey=${server.secretKey}`))
  await heardText(peer, '101 Switching Protocols')
  return peer
}

async function heardText(peer: RawPeer, text: string): Promise<void> {
  while (!peer.heard().includes(text)) {
    await Promise.race([once(peer.socket, 'data'), peer.over])
    assert.ok(!peer.socket.destroyed || peer.heard().includes(text), `said ${String(peer.heard())}`)
  }
}

/** Says it again and again until 300 MB have left or nobody listens. */
async function pour(peer: RawPeer, bytes: Buffer): Promise<void> {
  for (let sent = 0; sent < tooMuchBytes; sent += bytes.length) if (!(await peer.say(bytes))) return
}
