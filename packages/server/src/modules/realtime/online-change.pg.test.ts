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
  return answer.body
}
await ask('POST', '/data/$collections', {
  name: 'people',
  fields: { name: { type: 'text' }, age: { type: 'text' } },
  policies: { list: 'public("everybody")' },
})
await ask(
  'POST',
  '/data/people',
  Array.from({ length: 900 }, (_, n) => ({ name: `p${n}`, age: String(n % 10) })),
)
await ask('POST', '/data/people', { name: 'held', age: 'no number' })
const migration = (age: object, more: object = {}) => [
  {
    name: '1_age',
    parents: [],
    operations: [
      { do: 'change-field', collection: 'people', field: 'age', definition: age, online: true, ...more },
    ],
  },
]

test('live queries see the old field until the change is done, then the new one, and nothing in between', async () => {
  const client = await new SocketClient(server.environmentUrl, server.publishableKey).greet()
  after(() => client.close())
  client.send({
    t: 'sub',
    id: 1,
    coll: 'people',
    q: 'select=id,name,age&name=in.(p1,p2,held,late)&order=name',
  })
  client.send({ t: 'sub', id: 2, coll: 'people', q: 'select=id,name' })

  await client.frame('live', ({ s }) => s === 1)
  await client.frame('live', ({ s }) => s === 2)
  const rows = (sub: number) => [...(playFrames(client.frames).get(sub)?.values() ?? [])]
  const held = () =>
    rows(1)
      .map(({ name, age }) => `${String(name)} ${JSON.stringify(age)}`)
      .toSorted()
      .join()
  const before = client.frames.length

  const applied = await ask('POST', '/schema/migrations', {
    migrations: migration({ type: 'integer' }, { using: { cel: 'int(doc.age)' } }),
  })
  const { change } = (applied as { running: { change: string } }).running
  const state = async () =>
    (await ask('GET', `/schema/changes/${change}`)) as { state: string; phase: string; quarantined: number }
  let now = await state()
  while (now.quarantined !== 1) now = await state()
  await ask('PATCH', '/data/people?name=eq.p1', { age: '100' })
  await ask('POST', '/data/people', { name: 'late', age: '5' })
  await until(
    () => held() === 'held "no number",late "5",p1 "100",p2 "2"',
    'writes are heard as they were made',
  )
  const meanwhile = client.frames.slice(before)
  assert.ok(!JSON.stringify(meanwhile).includes('age.'), 'nobody hears of the shadow')
  // The backfill has touched 900 documents: two were written.
  const told = meanwhile.filter(({ t }) => t === 'tx').length
  assert.ok(told <= 2, `${told} commits were told`)

  await ask('PATCH', '/data/people?name=eq.held', { age: '7' })
  while (now.state === 'running') now = await state()
  assert.equal(now.state, 'done', JSON.stringify(now))
  await until(() => held() === 'held 7,late 5,p1 100,p2 2', 'the new field is held')
  await ask('PATCH', '/data/people?name=eq.p2', { age: 22 })
  await until(() => held() === 'held 7,late 5,p1 100,p2 22', 'writes of the new type are heard')
  assert.equal(rows(2).length, 902)
})
