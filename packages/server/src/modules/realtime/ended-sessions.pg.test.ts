import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Device, SessionReply, SignUpReply } from '@cloudbox/protocol/auth'
import { startTestServer } from '../../testing/start-test-server.ts'
import { SocketClient } from '../../testing/socket-client.ts'

const server = await startTestServer({ after })
const asApp = { apikey: server.publishableKey }
const clients: SocketClient[] = []
after(() => clients.forEach(client => client.close()))

async function connect(token: string): Promise<SocketClient> {
  const client = new SocketClient(server.environmentUrl, server.publishableKey)
  clients.push(client)
  return client.greet(token)
}

test('R11 the live queries of a session that is ended end with it, those of others go on', async () => {
  await server.request('PATCH', '/auth/settings', { body: { verifyEmail: false } })
  await server.request('POST', '/data/$collections', {
    body: {
      name: 'notes',
      fields: { owner: { type: 'text' } },
      policies: { list: 'doc.owner == auth.uid' },
    },
  })
  const credentials = { email: 'ada@example.com', password: 'correct horse' }
  const signUp = await server.request('POST', '/auth/sign-up', { body: credentials, headers: asApp })
  const here = (signUp.body as SignUpReply).session!
  const signIn = await server.request('POST', '/auth/sign-in', { body: credentials, headers: asApp })
  const there = signIn.body as SessionReply

  const [mine, theirs] = [await connect(here.accessToken), await connect(there.accessToken)]
  for (const client of [mine, theirs]) {
    client.send({ t: 'sub', id: 1, coll: 'notes' })
    await client.frame('live')
  }
  const headers = { ...asApp, authorization: `Bearer ${here.accessToken}` }
  const { body } = await server.request('GET', '/auth/sessions', { headers })
  const other = (body as Device[]).find(({ current }) => !current)!
  await server.request('DELETE', `/auth/sessions/${other.id}`, { headers })

  assert.equal((await theirs.frame('bye')).code, 'auth/session-ended')
  await server.request('POST', '/data/notes', { body: { owner: here.user.id } })
  await mine.frame('tx')
  assert.ok(!theirs.frames.some(({ t }) => t === 'tx'))
  const again = await connect(there.accessToken)
  assert.equal((await again.frame('bye')).code, 'auth/session-ended')
})
