import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import type { ProblemBody } from '@cloudbox/protocol/problem'
import pg from 'pg'
import { id, literal, raw, sql, type Sql } from '../../../kernel/sql.ts'
import { StartProblem } from '../../../kernel/postgres/start-problem.ts'
import { readConfig } from '../../../kernel/config.ts'
import { createServer } from '../../../server.ts'
import { scenario } from '../../../testing/scenario.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'
import { silentLog } from '../../../testing/test-cluster.ts'
import { auth, usersCollection } from '../../auth/module.ts'
import { platform } from '../../platform/module.ts'
import { data } from '../module.ts'

const server = await startTestServer({ after })
const { schema } = server.environment
const ada = '0198c0de-0000-7000-8000-0000000000a1'
const bob = '0198c0de-0000-7000-8000-0000000000b0'
const find = () => server

type Versioned = CollectionDefinition & { readonly version: number }

const change = (body: unknown) => server.request('PATCH', '/data/$collections/users', { body })
const run = (text: string) => server.db.query(raw(text.replaceAll('~', `${id(schema).parts[0]}.`)))

before(async () => {
  await run(`insert into ~users (id, email, name) values
    ('${ada}', 'ada@example.org', 'Ada'), ('${bob}', 'bob@example.org', 'Bob')`)
})

test('every environment has its users, told as a collection of the platform', async () => {
  const { body } = await server.request('GET', '/data/$collections')
  const { collections } = body as { collections: CollectionDefinition[] }
  assert.deepEqual(
    collections.map(({ name }) => name),
    ['users'],
  )
  const { version, ...users } = collections[0] as Versioned
  assert.deepEqual(users, { ...usersCollection.definition, system: true })
  assert.ok(version > 0)
})

test('its columns are what a collection of those fields has', async () => {
  const { name: _, policies: __, ...same } = usersCollection.definition
  const made = await server.request('POST', '/data/$collections', { body: { ...same, name: 'twins' } })
  assert.equal(made.status, 201)
  const columns = (table: string) =>
    server.db.query(sql`
      select a.attname, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull, c.collname
      from pg_attribute a left join pg_collation c on c.oid = a.attcollation
      where attrelid = ${`${schema}.${table}`}::regclass and attnum > 0 order by attname`)
  assert.deepEqual(await columns('users'), await columns('twins'))
  const traits = (table: string) =>
    server.db.query(sql`
      select relreplident, relrowsecurity, array(
        select tgname::text from pg_trigger where tgrelid = c.oid and not tgisinternal) as triggers
      from pg_class c where oid = ${`${schema}.${table}`}::regclass`)
  assert.deepEqual(await traits('users'), await traits('twins'))
  await server.request('DELETE', '/data/$collections/twins')
})

test('the table has no column that is no field, so nothing secret stands there', async () => {
  const columns = await server.db.query<{ name: string }>(sql`
    select attname as name from pg_attribute
    where attrelid = ${`${schema}.users`}::regclass and attnum > 0 and not attisdropped`)
  const known = new Set(['id', 'created_at', 'updated_at', ...Object.keys(usersCollection.definition.fields)])
  assert.deepEqual(
    columns.map(({ name }) => name).filter(name => !known.has(name)),
    [],
  )
})

const refusals: [string, unknown, string][] = [
  ['renamed', { name: 'people' }, '/name'],
  ['made flexible', { flexible: true }, '/flexible'],
  ['given another name for a managed field', { rename: { email: 'mail' } }, '/rename/email'],
  ['given another name for an open field', { rename: { name: 'nick' } }, '/rename/name'],
  ['robbed of a managed field', { fields: { email: null } }, '/fields/email'],
  ['robbed of an open field', { fields: { metadata: null } }, '/fields/metadata'],
  ['given another type of a field', { fields: { role: { type: 'select', options: ['a'] } } }, '/fields/role'],
  ['opened for creation', { policies: { create: 'auth.uid != null' } }, '/policies/create'],
  ['opened for deletion', { policies: { delete: 'doc.id == auth.uid' } }, '/policies/delete'],
]
for (const [what, body, at] of refusals) {
  scenario(`users cannot be ${what}`, find, {
    as: 'secret',
    request: 'PATCH /data/$collections/users',
    body,
    expect: { status: 409, code: 'data/system-collection', at: [at] },
  })
}

scenario('users cannot be dropped', find, {
  as: 'secret',
  request: 'DELETE /data/$collections/users',
  expect: { status: 409, code: 'data/system-collection' },
})

scenario('nor can another collection take the name, in whatever case', find, {
  as: 'secret',
  request: 'POST /data/$collections',
  body: { name: 'Users', fields: {} },
  expect: { status: 409, code: 'data/collection-exists' },
})

test('sending a field as it is changes nothing and is no mistake', async () => {
  const { email } = usersCollection.definition.fields
  const { status } = await change({ fields: { email } })
  assert.equal(status, 200)
})

const unfit: [string, Record<string, FieldDefinition | object>, string][] = [
  ['a required field nobody fills in', { plan: { type: 'text', required: true } }, '/fields/plan/required'],
  [
    'a required field the caller would fill in',
    { plan: { type: 'text', required: true, default: { cel: 'auth.uid' } } },
    '/fields/plan/required',
  ],
  [
    'a unique field that is filled in',
    { plan: { type: 'text', unique: true, default: 'free' } },
    '/fields/plan/unique',
  ],
  [
    'a relation that would delete accounts',
    { friend: { type: 'relation', to: 'users', onDelete: 'cascade' } },
    '/fields/friend/onDelete',
  ],
]
for (const [what, fields, at] of unfit) {
  scenario(`users take no ${what}`, find, {
    as: 'secret',
    request: 'PATCH /data/$collections/users',
    body: { fields },
    expect: { status: 422, code: 'data/invalid-collection', at: [at] },
  })
}

scenario('users take no unique index that would keep accounts from being made', find, {
  as: 'secret',
  request: 'PATCH /data/$collections/users',
  body: { indexes: [{ fields: ['name'], unique: true }] },
  expect: { status: 422, code: 'data/invalid-collection', at: ['/indexes/0/unique'] },
})

test('an author adds fields, indexes and policies, changes and drops them', async () => {
  const fields = {
    handle: { type: 'text', unique: true },
    plan: { type: 'select', options: ['free', 'pro'], required: true, default: 'free' },
    shown: { type: 'text', computed: 'doc.name + "!"' },
  }
  const added = await change({
    fields,
    indexes: [{ fields: ['plan', 'handle'], unique: true }, { fields: ['name'] }],
    policies: { list: 'auth.uid != null', update: 'doc.id == auth.uid && next.plan == doc.plan' },
  })
  assert.equal(added.status, 200, JSON.stringify(added.body))
  const [row] = await run(`insert into ~users (email) values ('eve@example.org') returning plan, handle`)
  assert.deepEqual(row, { plan: 'free', handle: null }, 'accounts are made as before')
  const renamed = await change({ rename: { handle: 'nick' } })
  assert.equal(renamed.status, 200, JSON.stringify(renamed.body))
  await server.restart()
  const { body } = await server.request('GET', '/data/$collections/users')
  const { fields: kept, policies, version } = body as Versioned
  assert.equal(version, (renamed.body as Versioned).version, 'a start changes nothing')
  assert.deepEqual(Object.keys(kept), [
    ...Object.keys(usersCollection.definition.fields),
    'nick',
    'plan',
    'shown',
  ])
  assert.deepEqual(policies, {
    list: 'auth.uid != null',
    get: 'doc.id == auth.uid',
    update: 'doc.id == auth.uid && next.plan == doc.plan',
  })
  await run(`delete from ~users where email = 'eve@example.org'`)
  const { list, update } = usersCollection.definition.policies!
  const back = await change({
    fields: { nick: null, plan: null, shown: null },
    indexes: [],
    policies: { list, update },
  })
  assert.equal(back.status, 200, JSON.stringify(back.body))
})

test('an environment that had no users gets them at the next start, one that lists old fields the new ones', async () => {
  const read = async () =>
    (await server.request('GET', '/data/$collections/users')).body as CollectionDefinition
  const before = await read()
  const { emailVerified: _, ...older } = before.fields
  const extended = { ...older, bio: { type: 'text' } }
  await run('alter table ~users add column bio text')
  await server.db.query(sql`
    update ${id(schema, 'data_collections')} set definition = ${JSON.stringify({ ...before, fields: extended })}
    where name = 'users'`)
  await server.restart()
  assert.deepEqual((await read()).fields, { ...before.fields, bio: { type: 'text' } })
  await change({ fields: { bio: null } })
  // As an environment of the time before: policies and the place in the list are missing.
  for (const operation of ['list', 'update']) await run(`drop policy ${operation} on ~users`)
  await server.db.query(sql`delete from ${id(schema, 'data_collections')} where name = 'users'`)
  await server.restart()
  assert.deepEqual((await read()).fields, usersCollection.definition.fields)
})

test('the role of direct connections reads what the list policy shows, and writes only the fields of the author', async () => {
  await change({ fields: { bio: { type: 'text' } } })
  const { role } = server.environment
  const password = randomBytes(8).toString('hex')
  await server.db.transaction(tx =>
    tx.script(`alter role ${id(role).parts[0]!} login password ${literal(password).parts[0]!}`),
  )
  const { host, port, database } = server.connection
  const direct = new pg.Client({ host, port, database, user: role, password })
  await direct.connect()
  try {
    const users = `${schema}.users`
    const as = async (uid: string, text: string) => {
      await direct.query(`set cloudbox.token = '${await server.token(uid)}'`)
      return (await direct.query(text)).rows as unknown[]
    }
    assert.deepEqual(await as(ada, `select email from ${users}`), [{ email: 'ada@example.org' }])
    assert.deepEqual(await as('no uuid', `select email from ${users}`), [])
    assert.deepEqual(await as(ada, `update ${users} set bio = 'mine' returning name`), [{ name: 'Ada' }])
    for (const text of [
      `update ${users} set email = 'eve@example.org'`,
      `update ${users} set "emailVerified" = true`,
      `update ${users} set roles = '{admin}'`,
      `update ${users} set id = '${bob}'`,
      `insert into ${users} (email) values ('eve@example.org')`,
      `delete from ${users}`,
    ]) {
      await assert.rejects(as(ada, text), { code: '42501' }, text)
    }
    const tables = await server.db.query<{ name: string }>(sql`
      select relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${schema} and relkind in ('r', 'p') and starts_with(relname, 'auth_')`)
    assert.ok(tables.length >= 5, 'there are tables of accounts')
    for (const { name } of tables)
      await assert.rejects(as(ada, `select * from ${schema}.${name}`), { code: '42501' }, name)
  } finally {
    await direct.end()
  }
  await change({ fields: { bio: null } })
})

test('an environment whose author made a table users before keeps it, and the start says what to do', async t => {
  const late = await startTestServer(t)
  const { schema: own } = late.environment
  await late.db.transaction(async tx => {
    await tx.query(sql`delete from cloudbox.migrations where schema = ${own} and word = 'auth'`)
    const tables = await tx.query<{ name: string }>(sql`
      select format('%I.%I', n.nspname, relname) as name
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${own} and relkind = 'r' and (relname = 'users' or starts_with(relname, 'auth_'))`)
    await tx.script(`drop table ${tables.map(({ name }) => name).join(', ')}`)
    await tx.script(`create table ${own}.users (id uuid constraint "users.pkey" primary key, nick text)`)
    await tx.script(`insert into ${own}.users values (gen_random_uuid(), 'theirs')`)
  })
  await assert.rejects(late.restart(), (error: unknown) => {
    assert.ok(error instanceof StartProblem)
    assert.match(error.message, new RegExp(`name users in schema ${own}`))
    assert.match(error.hint ?? '', /PATCH \/v1\/data\/\$collections\/users/)
    return true
  })
  assert.deepEqual(await late.db.query(raw(`select nick from ${own}.users`)), [{ nick: 'theirs' }])
  await late.db.transaction(tx => tx.script(`alter table ${own}.users rename to members`))
  await late.restart()
  const { status, body } = await late.request('GET', '/data/users')
  assert.deepEqual([status, body], [200, []], (body as ProblemBody).detail)
})

test('on a database that sorts by language, users compare text as expressions do', async t => {
  const database = `users_${randomBytes(4).toString('hex')}`
  const run = (statement: Sql) => server.db.query(statement)
  await run(
    sql`create database ${id(database)} template template0 locale_provider icu icu_locale 'en-US' locale 'C'`,
  )
  const modules = [platform, auth, data]
  const config = readConfig(modules, [], { CLOUDBOX_MASTER_KEY: '0'.repeat(64) })
  const connection = { ...server.connection, database }
  const other = await createServer({ connection, config, log: silentLog, modules })
  t.after(async () => {
    await other.stop()
    await run(
      sql`select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = ${database}`,
    )
    await run(sql`drop database ${id(database)} with (force)`)
  })
  const environment = await other.platform.ensureEnvironment({
    organisation: 'o',
    project: 'sorted',
    name: 'dev',
    dev: true,
  })
  const collations = await other.db.query<{ name: string; collation: string }>(sql`
    select a.attname as name, c.collname as collation
    from pg_attribute a join pg_collation c on c.oid = a.attcollation
    where attrelid = ${`${environment.schema}.users`}::regclass and attnum > 0`)
  assert.ok(collations.length > 5)
  assert.deepEqual(
    collations.filter(({ collation }) => collation !== 'C'),
    [],
  )
})
