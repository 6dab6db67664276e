import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { checkAnswer } from './testing/answers.ts'
import { startBystander } from './testing/bystander.ts'
import { faultTest, rounds } from './testing/fault-test.ts'
import { mutate } from './testing/mutate.ts'
import type { Random } from './testing/random.ts'
import { openRaw, upgradeRequest, webSocketFrame } from './testing/raw-peer.ts'
import { bugsOf, startServerProcess, type ServerProcess } from './testing/server-process.ts'
import { idOf, makeThings } from './testing/writers.ts'

const framesInAll = 10_000 * rounds
const framesPerConnection = 25
const brokenFramings = 500 * rounds
const mostGrowthBytes = 150e6

const hello = '{"t":"hello","v":1}'
const frames = [
  hello,
  '{"t":"sub","id":1,"coll":"things","q":"color=eq.red&order=n.desc&limit=5"}',
  '{"t":"sub","id":2,"coll":"things","q":"where=doc.size > 2 %26%26 doc.color != \\"blue\\"","since":{"epoch":"1.a","lsn":"00000000000000ff"}}',
  `{"t":"sub","id":3,"coll":"things","doc":"${idOf(0, 1)}"}`,
  '{"t":"unsub","id":1}',
  '{"t":"auth","token":null}',
  '{"t":"auth","token":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln"}',
  '{"t":"ping"}',
]
const oddFrames = [
  '',
  'null',
  '0',
  '[]',
  '"hello"',
  '{}',
  '{"t":null}',
  '{"t":{"t":"sub"}}',
  '{"t":"__proto__"}',
  '{"__proto__":{"t":"sub"},"t":"toString"}',
  '{"t":"sub","id":1e400,"coll":"things"}',
  '{"t":"sub","id":-1,"coll":"things"}',
  '{"t":"sub","id":0.5,"coll":"things"}',
  '{"t":"sub","id":9,"coll":["things"]}',
  '{"t":"sub","id":10,"coll":"\\u0000"}',
  '{"t":"sub","id":11,"coll":"things","doc":"\\u0000"}',
  '{"t":"sub","id":12,"coll":"things","doc":"x\\ud800"}',
  '{"t":"sub","id":13,"coll":"things","q":"color=eq.%00"}',
  '{"t":"sub","id":14,"coll":"things","q":"color=eq.%ff&%"}',
  '{"t":"sub","id":15,"coll":"things","q":"n=eq.99999999999999999999"}',
  '{"t":"sub","id":16,"coll":"things","since":{"epoch":"x","lsn":"ffffffffffffffff"}}',
  '{"t":"sub","id":17,"coll":"things","since":[]}',
  '{"t":"sub","id":18,"coll":"__proto__"}',
  '{"t":"sub","id":19,"coll":"$collections"}',
  '{"t":"hello","v":1,"token":{}}',
  '{"t":"hello","v":1e9}',
  '{"t":"unsub","id":"1"}',
  '['.repeat(60_000),
  '{"a":'.repeat(12_000),
  `{"t":"sub","id":20,"coll":"things","q":"where=${'('.repeat(9000)}"}`,
  `{"t":"sub","id":21,"coll":"things","q":"${'or=('.repeat(4000)}"}`,
  `{"t":"ping","x":"${'x'.repeat(70_000)}"}`,
]

faultTest(`${framesInAll} malformed frames end whoever sends them, and nobody else`, async (t, random) => {
  const server = await startServerProcess(t)
  await makeThings(server)
  const bystander = startBystander(t, server, random)
  await bystander.goOn(20)
  server.forgetPeak()
  const before = server.peakBytes()
  let rest = framesInAll
  const lanes = Array.from({ length: 8 }, async () => {
    while ((rest -= framesPerConnection) >= 0) await sendNonsense(server, random)
  })
  while (rest > 0) await Promise.race([bystander.goOn(1), Promise.all(lanes)])
  await Promise.all(lanes)
  for (let count = 0; count < brokenFramings; count++) await breakFraming(t, server, random)
  await bystander.goOn()
  assert.deepEqual(bugsOf(server), [])
  const grown = server.peakBytes() - before
  assert.ok(grown < mostGrowthBytes, `the server grew by ${Math.round(grown / 1e6)} MB`)
  t.diagnostic(`grew by ${Math.round(grown / 1e6)} MB`)
})

/** One connection that says hello, mostly, and then nonsense until it is sent away or has nothing left to say. */
async function sendNonsense(server: ServerProcess, random: Random): Promise<void> {
  const socket = new WebSocket(
    `ws://127.0.0.1:${server.port}/demo/dev/v1/realtime?apikey=${server.secretKey}`,
  )
  const said: string[] = []
  let fault: unknown
  socket.on('open', () => {
    const texts = Array.from({ length: framesPerConnection }, () =>
      random.chance(0.3) ? random.pick(oddFrames) : mutate(random, random.pick(frames)),
    )
    if (random.chance(0.9)) texts[0] = hello
    for (const text of texts) {
      const isBinary = random.chance(0.05)
      said.push(text)
      socket.send(isBinary ? random.bytes(random.integer(0, 200)) : text.toWellFormed())
    }
    // Says goodbye once it has heard the answer to all.
    socket.ping()
  })
  socket.on('message', data => {
    try {
      const frame = JSON.parse(String(data))
      assert.equal(typeof frame.t, 'string')
      if (frame.t === 'err') checkAnswer(frame.problem.status, JSON.stringify(frame.problem), said.join('\n'))
      if (frame.t === 'bye') assert.notEqual(frame.code, 'http/internal', said.join('\n'))
    } catch (error) {
      fault ??= error
    }
  })
  socket.on('pong', () => socket.close())
  socket.on('error', error => (fault ??= error))
  await new Promise(resolve => socket.on('close', resolve))
  if (fault !== undefined) throw fault
}

/** One connection whose bytes are no WebSocket frames. */
async function breakFraming(t: TestContext, server: ServerProcess, random: Random): Promise<void> {
  const text = Buffer.from(random.pick(frames))
  const broken = random.pick([
    () => random.bytes(random.integer(1, 500)),
    // Reserved bits and opcodes.
    () => webSocketFrame(text, { firstByte: random.integer(0, 255) }),
    () => webSocketFrame(text, { isMasked: false }),
    () =>
      webSocketFrame(text, { lengthBytes: random.pick([0, 1, 125, 126, 65_535, 65_536, 2 ** 40, 2 ** 53]) }),
    () => Buffer.concat([Buffer.from([0x81, 0xff]), Buffer.alloc(8, 0xff), text]),
    // Half a character, and bytes that are none.
    () => webSocketFrame(Buffer.from([0xf0, 0x9f, 0x98])),
    () => webSocketFrame(random.bytes(50)),
    // A continuation of nothing, a message within a message, a control frame in parts or too long.
    () => webSocketFrame(text, { firstByte: 0x80 }),
    () => Buffer.concat([webSocketFrame(text, { firstByte: 0x01 }), webSocketFrame(text)]),
    () => webSocketFrame(text, { firstByte: 0x09 }),
    () => webSocketFrame(Buffer.alloc(200), { firstByte: 0x89 }),
    () => webSocketFrame(Buffer.from([0, 1]), { firstByte: 0x88 }),
    () => webSocketFrame(Buffer.from([3]), { firstByte: 0x88 }),
    () => webSocketFrame(text).subarray(0, random.integer(1, text.length)),
  ])()
  const peer = await openRaw(t, server.port)
  await peer.say(upgradeRequest(`/demo/dev/v1/realtime?apikey=${server.secretKey}`))
  if (random.chance(0.5)) await peer.say(webSocketFrame(Buffer.from(hello)))
  await peer.say(broken)
  peer.socket.end()
  const heard = (await peer.over).toString('latin1')
  assert.match(heard, /^HTTP\/1.1 101 /)
  assert.doesNotMatch(heard, /http\/internal|node_modules|\.[tj]s:\d/)
}
