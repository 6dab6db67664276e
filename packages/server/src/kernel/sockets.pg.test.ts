import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { WebSocket } from 'ws'
import { startTestServer } from '../testing/start-test-server.ts'

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
