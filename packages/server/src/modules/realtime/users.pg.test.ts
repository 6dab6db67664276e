import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { id, sql } from '../../kernel/sql.ts'
import { startTestServer } from '../../testing/start-test-server.ts'
import { SocketClient } from '../../testing/socket-client.ts'

const server = await startTestServer({ after })
const users = id(server.environment.schema, 'users')
const ada = '0198c0de-0000-7000-8000-0000000000a1'
const bob = '0198c0de-0000-7000-8000-0000000000b0'

before(async () => {
  await server.db.query(sql`
    insert into ${users} (id, email, name) values (${ada}, 'ada@example.org', 'Ada'), (${bob}, 'bob@example.org', 'Bob')`)
})

async function subscribe(t: { after(work: () => void): void }, q: string) {
  const client = new SocketClient(server.environmentUrl, server.publishableKey)
  t.after(() => client.close())
  await client.greet(await server.token(ada))
  client.send({ t: 'sub', id: 1, coll: 'users', q })
  const snapshot = await client.frame('snap')
  await client.frame('live')
  return { client, rows: snapshot.rows }
}

/** Every change told until now, as [operation, id, name]. */
function told({ frames }: SocketClient): unknown[] {
  return frames.flatMap(frame =>
    frame.t === 'tx' ? frame.c.map(([op, , key, row]) => [op, key, row?.name]) : [],
  )
}

test('a user hears of his own account, whoever changes it, and of no other', async t => {
  const { client, rows } = await subscribe(t, '')
  assert.deepEqual(
    rows.map(({ email }) => email),
    ['ada@example.org'],
  )
  await server.db.query(sql`update ${users} set name = 'Robert' where id = ${bob}`)
  await server.db.query(sql`update ${users} set roles = '{editor}' where id = ${ada}`)
  const { c } = await client.frame('tx')
  assert.deepEqual(
    c.map(([op, , key, row]) => [op, key, row?.roles, row?.email]),
    [['~', ada, ['editor'], 'ada@example.org']],
  )
  const change = await server.request('PATCH', `/data/users/${ada}`, { body: { name: 'Ada L.' } })
  assert.equal(change.status, 200)
  await client.frame('tx', frame => frame.c[0]![3]?.name === 'Ada L.')
  assert.doesNotMatch(JSON.stringify(client.frames), /Robert|bob@/)
})

test('an author who opens the list lets others hear of accounts that come, change and go', async t => {
  const policies = { list: 'auth.uid != null' }
  const opened = await server.request('PATCH', '/data/$collections/users', { body: { policies } })
  assert.equal(opened.status, 200)
  const { client, rows } = await subscribe(t, 'select=id,name&bannedUntil=is.null')
  assert.equal(rows.length, 2)
  const [cora] = await server.db.query<{ id: string }>(
    sql`insert into ${users} (email, name) values ('cora@example.org', 'Cora') returning id`,
  )
  await server.db.query(sql`update ${users} set "bannedUntil" = now() where id = ${bob}`)
  await server.db.query(sql`delete from ${users} where id = ${cora!.id}`)
  await client.frame('tx', ({ c }) => c.some(([op, , key]) => op === '-' && key === cora!.id))
  assert.deepEqual(told(client), [
    ['+', cora!.id, 'Cora'],
    ['-', bob, undefined],
    ['-', cora!.id, undefined],
  ])
  assert.doesNotMatch(JSON.stringify(client.frames), /@example/, 'what is not selected is not sent')
})
