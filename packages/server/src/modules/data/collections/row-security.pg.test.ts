import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import pg from 'pg'
import { id, literal } from '../../../kernel/sql.ts'
import type { Environment } from '../../../kernel/caller.ts'
import { changeCollection, createCollection } from './structure.ts'
import { testEnvironment } from '../testing/test-environment.ts'

// What a direct SQL connection of the environment's own role sees.

const endings: (() => Promise<void>)[] = []
after(async () => {
  for (const end of endings.reverse()) await end()
})
const env = await testEnvironment({ after: end => void endings.push(end) })
const { deps, environment } = env
const table = `${environment.schema}.notes`
await createCollection(deps, environment, {
  name: 'notes',
  fields: { owner: { type: 'text', default: { cel: 'auth.uid' } }, body: { type: 'text' } },
  policies: {
    list: 'doc.owner == auth.uid',
    get: 'public("single notes are shared by link")',
    create: 'next.owner == auth.uid',
    update: 'doc.owner == auth.uid && next.owner == auth.uid',
  },
})
await env.db.transaction(tx =>
  tx.script(`insert into ${table} (owner, body) values ('ada', 'one'), ('ada', 'two'), ('bob', 'three')`),
)
const client = await connectAs(environment)

async function connectAs(environment: Environment): Promise<pg.Client> {
  const password = randomBytes(8).toString('hex')
  const role = id(environment.role).parts[0]!
  await env.db.transaction(tx =>
    tx.script(`alter role ${role} login password ${literal(password).parts[0]!}`),
  )
  const { host, port, database } = env.connection
  const direct = new pg.Client({ host, port, database, user: environment.role, password })
  await direct.connect()
  endings.push(() => direct.end())
  return direct
}

/** Runs one statement with this token set, as the role. Rows it answers. */
async function withToken(token: string, text: string, as = client): Promise<unknown[]> {
  await as.query(`set cloudbox.token = '${token}'`)
  const { rows } = await as.query(text)
  return rows
}

test('a right token sees its own documents and no others', async () => {
  const token = await env.token(environment, 'ada')
  assert.deepEqual(await withToken(token, `select body from ${table} order by body`), [
    { body: 'one' },
    { body: 'two' },
  ])
})

test('no token, a plain setting, a forged, an expired or a foreign token sees nothing', async () => {
  const good = await env.token(environment, 'ada')
  const [head, , signature] = good.split('.') as [string, string, string]
  const payload = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64url')
  const forged = { sub: 'ada', aud: environment.id, exp: Date.now() / 1000 + 60 }
  const other = await env.another('other')
  const tokens = {
    'no token': '',
    'a plain setting': '{"sub":"ada"}',
    'another payload': `${head}.${payload(forged)}.${signature}`,
    'a signature cut short': good.slice(0, -4),
    'no signature': `${head}.${payload(forged)}.`,
    'not base64': `${head}.%%%.${'!'.repeat(43)}`,
    'an expired token': await env.token(environment, 'ada', -5),
    'a token of another environment': await env.token(other, 'ada'),
  }
  for (const [name, token] of Object.entries(tokens)) {
    assert.deepEqual(await withToken(token, `select body from ${table}`), [], name)
    await assert.rejects(
      withToken(token, `insert into ${table} (owner) values ('ada')`),
      { code: '42501' },
      name,
    )
  }
  assert.equal((await withToken(good, `select body from ${table}`)).length, 2)
})

test('the role of another environment reaches nothing, not even with a good token', async () => {
  const stranger = await connectAs(await env.another('other'))
  const token = await env.token(environment, 'ada')
  await assert.rejects(withToken(token, `select body from ${table}`, stranger), { code: '42501' })
})

test('writes pass the policies of their operation', async () => {
  const token = await env.token(environment, 'ada')
  await withToken(token, `insert into ${table} (body) values ('mine by default')`)
  await assert.rejects(withToken(token, `insert into ${table} (owner) values ('bob')`), { code: '42501' })
  assert.equal(
    (await withToken(token, `update ${table} set body = 'new' where body = 'one' returning id`)).length,
    1,
  )
  assert.deepEqual(
    await withToken(token, `update ${table} set body = 'new' where owner = 'bob' returning id`),
    [],
  )
  await assert.rejects(withToken(token, `update ${table} set owner = 'bob' where body = 'two'`), {
    code: '42501',
  })
  // There is no policy for delete, so it is closed.
  assert.deepEqual(await withToken(token, `delete from ${table} returning id`), [])
})

test('the role cannot read keys, definitions or change the structure', async () => {
  const { schema } = environment
  for (const text of [
    'select * from cloudbox.auth_signing_keys',
    `select * from ${schema}.data_collections`,
    `alter table ${table} disable row level security`,
    `truncate ${table}`,
    `create table ${schema}.mine ()`,
  ]) {
    await assert.rejects(withToken('', text), { code: '42501' }, text)
  }
})

test('a changed policy holds from the next statement on', async () => {
  const token = await env.token(environment, 'bob')
  const policies = { list: 'doc.owner != auth.uid' }
  assert.deepEqual(await withToken(token, `select body from ${table}`), [{ body: 'three' }])
  await changeCollection(deps, environment, 'notes', { policies })
  const rows = await withToken(token, `select distinct owner from ${table}`)
  assert.deepEqual(rows, [{ owner: 'ada' }])
  await changeCollection(deps, environment, 'notes', { policies: { list: null } })
  assert.deepEqual(await withToken(token, `select from ${table}`), [])
})
