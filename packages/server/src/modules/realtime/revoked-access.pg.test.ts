import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startTestServer } from '../../testing/start-test-server.ts'
import { join, setUpOwner } from '../../testing/management.ts'
import { SocketClient } from '../../testing/socket-client.ts'
import { until } from '../../testing/until.ts'

const server = await startTestServer({ after })
const owner = await setUpOwner(server)
await owner.ask('POST', '/organisations/acme/projects', { name: 'shop' })
await owner.ask('POST', '/projects/shop/environments', { name: 'live' })
const keys = '/projects/shop/environments/live/keys'
const url = `${server.url}/shop/live`
const make = async (body: object) =>
  (await owner.ask('POST', keys, { kind: 'secret', ...body })).body as { id: string; key: string }

test('R20 a connection ends when its key is revoked; others stay', async () => {
  const [one, other] = [await make({}), await make({})]
  const clients = await Promise.all([one, other].map(({ key }) => new SocketClient(url, key).greet()))
  await owner.ask('DELETE', `${keys}/${one.id}`)
  await until(() => clients[0]!.closed !== undefined, 'the connection of the revoked key ends')
  assert.equal(clients[0]!.frames.at(-1)?.t, 'bye')
  assert.equal((clients[0]!.frames.at(-1) as { code?: string }).code, 'platform/key-invalid')
  assert.equal(clients[1]!.closed, undefined)
  clients[1]!.close()
})

test('a key without the permission opens no connection', async () => {
  const { key } = await make({ scope: { permissions: ['documents.read'] } })
  const client = new SocketClient(url, key)
  await until(() => client.closed !== undefined, 'it is refused')
})

test('a key for some collections hears of no other', async () => {
  for (const name of ['open', 'hidden'])
    await owner.askIn('shop/live', 'POST', '/data/$collections', { name, fields: { n: { type: 'integer' } } })
  const { key } = await make({
    scope: { permissions: ['documents.*', 'realtime.listen'], collections: ['open'] },
  })
  const client = await new SocketClient(url, key).greet()
  client.send({ t: 'sub', id: 1, coll: 'hidden' })
  client.send({ t: 'sub', id: 2, coll: 'open' })
  await client.frame('live', ({ s }) => s === 2)
  const refused = await client.frame('err', ({ s }) => s === 1)
  assert.equal(refused.problem.code, 'data/not-allowed')
  client.close()
})

const published = await make({ kind: 'publishable' })

test('a key that may listen and not read hears of no documents', async () => {
  const { key } = await make({ scope: { permissions: ['realtime.listen'] } })
  const client = await new SocketClient(url, key).greet()
  client.send({ t: 'sub', id: 1, coll: 'open' })
  assert.equal((await client.frame('err')).problem.code, 'platform/not-allowed')
  client.close()
})

test('an operator follows live queries as far as his role goes, and no longer than that', async () => {
  await owner.askIn('shop/live', 'POST', '/data/$collections', { name: 'closed', fields: {} })
  const eve = await join(server, owner, 'acme', 'eve@example.com', 'viewer')
  const client = await new SocketClient(url, published.key).greet(eve.token)
  client.send({ t: 'sub', id: 1, coll: 'closed' })
  await client.frame('live', ({ s }) => s === 1)
  const { members } = (await owner.ask('GET', '/organisations/acme/members')).body as {
    members: { id: string; email: string }[]
  }
  const { id } = members.find(({ email }) => email === eve.email)!
  assert.equal((await owner.ask('DELETE', `/organisations/acme/members/${id}`)).status, 204)
  await until(() => client.closed !== undefined, 'the connection ends with the role')
  const refused = await new SocketClient(url, published.key).greet(eve.token)
  await until(() => refused.closed !== undefined, 'there is no other')
  assert.equal((refused.frames.at(-1) as { code?: string }).code, 'platform/key-invalid')
})

test('the connection of an operator ends with his session', async () => {
  const ann = await join(server, owner, 'acme', 'ann@example.com', 'viewer')
  const client = await new SocketClient(url, published.key).greet(ann.token)
  await client.frame('welcome')
  const { body } = await owner.ask('GET', '')
  const { accounts } = body as { accounts: { path: string; publishableKey: string } }
  const ended = await fetch(`${server.url}${accounts.path}/v1/auth/sign-out`, {
    method: 'POST',
    headers: {
      apikey: accounts.publishableKey,
      authorization: `Bearer ${ann.token}`,
      'content-type': 'application/json',
    },
    body: '{"scope":"local"}',
  })
  assert.equal(ended.status, 204)
  await until(() => client.closed !== undefined, 'it ends')
})

test('R20 all connections end with their environment', async () => {
  const { key } = await make({})
  const client = await new SocketClient(url, key).greet()
  await owner.ask('DELETE', '/projects/shop/environments/live?confirm=live')
  await until(() => client.closed !== undefined, 'it ends')
})
