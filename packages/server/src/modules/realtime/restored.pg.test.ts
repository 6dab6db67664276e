import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startTestServer } from '../../testing/start-test-server.ts'
import { playFrames } from './testing/play-frames.ts'
import { SocketClient } from '../../testing/socket-client.ts'
import { until } from '../../testing/until.ts'

const server = await startTestServer({ after })
const ask = async (method: string, path: string, body?: unknown) => {
  const answer = await server.request(method, path, { body })
  assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`)
}
await ask('POST', '/data/$collections', {
  name: 'todos',
  fields: { title: { type: 'text' } },
  policies: { list: 'public("everybody")' },
})
await ask('POST', '/data/todos', [{ title: 'a' }, { title: 'b' }])

test('a live query is told, also one that was away meanwhile', async () => {
  await ask('POST', '/platform/snapshots', { name: 'live' })
  const client = await new SocketClient(server.environmentUrl, server.publishableKey).greet()
  after(() => client.close())
  client.send({ t: 'sub', id: 1, coll: 'todos', q: 'select=id,title' })
  const { epoch } = await client.frame('welcome')
  await client.frame('live', ({ s }) => s === 1)
  const held = () =>
    [...(playFrames(client.frames).get(1)?.values() ?? [])].map(({ title }) => title as string).toSorted()
  await ask('POST', '/data/todos', [{ title: 'c' }])
  await until(() => held().join() === 'a,b,c', 'the third is heard')
  const { lsn } = await client.frame('tx')
  await ask('PATCH', '/data/todos?title=eq.a', { title: 'z' })
  await ask('POST', '/platform/snapshots/live/restore', { confirm: 'dev' })
  await until(() => held().join() === 'a,b', 'what was restored is held')
  await ask('POST', '/data/todos', [{ title: 'd' }])
  await until(() => held().join() === 'a,b,d', 'later writes are heard')

  const back = await new SocketClient(server.environmentUrl, server.publishableKey).greet()
  after(() => back.close())
  back.send({ t: 'sub', id: 1, coll: 'todos', q: 'select=id,title', since: { epoch, lsn } })
  await back.frame('reset', ({ s }) => s === 1)
  await until(
    () =>
      [...(playFrames(back.frames).get(1)?.values() ?? [])]
        .map(({ title }) => title)
        .toSorted()
        .join() === 'a,b,d',
    'who was away has the rows of today',
  )
})
