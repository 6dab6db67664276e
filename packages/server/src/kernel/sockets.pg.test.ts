import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { WebSocket } from 'ws'
import { SocketClient } from '../testing/socket-client.ts'
import { startTestServer } from '../testing/start-test-server.ts'
import { defineModule } from './module.ts'
import type { Observer, Presence } from './observer.ts'

const server = await startTestServer({ after })
const origin = server.url.replace('http', 'ws')

async function closing(path: string): Promise<[number, string]> {
  const socket = new WebSocket(origin + path)
  const [code, reason] = await once(socket, 'close')
  return [code, String(reason)]
}

test('a socket that is refused learns why from its close code', async () => {
  assert.deepEqual(await closing('/test/dev/v1/realtime'), [4401, 'platform/key-missing'])
  assert.deepEqual(await closing('/test/dev/v1/realtime?apikey=x'), [4401, 'platform/key-invalid'])
  assert.deepEqual(await closing(`/no/such/v1/realtime?apikey=${server.publishableKey}`), [
    4404,
    'platform/unknown-environment',
  ])
})

/** Who connected, as the kernel tells it. */
async function present(t: { after(work: () => unknown): void }, argv: string[]) {
  let observer: Observer | undefined
  const window = defineModule({
    name: 'window',
    start(kernel) {
      observer = kernel.observer
      return {}
    },
  })
  const other = await startTestServer(t, { argv, extraModules: [window] })
  const met: Presence[] = []
  observer!.hearPresence(({ environment, caller, ip, userAgent }) =>
    met.push({ environment, caller, ip, userAgent }),
  )
  const url = `${other.url.replace('http', 'ws')}/test/dev/v1/realtime?apikey=${other.publishableKey}`
  const headers = { 'x-forwarded-for': '203.0.113.7', 'user-agent': 'Firefox' }
  const socket = new WebSocket(url, { headers })
  t.after(() => socket.close())
  await once(socket, 'open')
  socket.send(JSON.stringify({ t: 'hello', v: 1 }))
  await once(socket, 'message')
  return { met, now: [...observer!.present()], other }
}

test('who connects is told, from where as far as a proxy is trusted', async t => {
  const { met, now, other } = await present(t, ['--trusted-proxies', '127.0.0.1, ::1'])
  assert.deepEqual(
    met.map(({ environment, caller, ip, userAgent }) => [environment.name, caller.kind, ip, userAgent]),
    [['dev', 'anonymous', '203.0.113.7', 'Firefox']],
  )
  assert.deepEqual(
    now.map(({ ip }) => ip),
    ['203.0.113.7'],
  )
  const client = await new SocketClient(other.environmentUrl, other.publishableKey).greet(
    await other.token('ada'),
  )
  await client.frame('welcome')
  client.close()
  assert.deepEqual(met[1]?.caller.kind === 'user' && met[1].caller.uid, 'ada')
})

test('an address that anybody could have written is not believed', async t => {
  const { met } = await present(t, [])
  assert.equal(met[0]!.ip, '127.0.0.1')
})

test('an address that makes no sense ends the connection and nothing else', async () => {
  for (const path of ['//', '/%E0%A4%A/dev/v1/realtime', '/test/dev/v1/nothing', 'http://[', '*']) {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`)
    socket.resume()
    await once(socket, 'close')
  }
  assert.equal((await fetch(`${server.url}/health`)).status, 200)
})

test(
  'a connection that has never asked anything does not hold the end back',
  { timeout: 20_000 },
  async t => {
    const server = await startTestServer(t)
    const silent = connect(Number(new URL(server.url).port), '127.0.0.1')
    silent.on('error', () => {})
    await once(silent, 'connect')
    const closed = once(silent, 'close')
    await server.stop()
    await closed
  },
)
