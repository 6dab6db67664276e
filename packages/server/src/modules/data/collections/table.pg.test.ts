import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { sql } from '../../../kernel/sql.ts'
import { testEnvironment, type TestEnvironment } from '../testing/test-environment.ts'

const todos: CollectionDefinition = { name: 'todos', fields: { title: { type: 'text' } } }

async function columns({ db, environment }: TestEnvironment, name: string) {
  const rows = await db.query<{ name: string; type: string }>(sql`
    select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
    where attrelid = ${`"${environment.schema}"."${name}"`}::regclass and attnum > 0 and not attisdropped
    order by attnum`)
  return Object.fromEntries(rows.map(row => [row.name, row.type]))
}

test('every type of field becomes its Postgres type and takes its values', async t => {
  const env = await testEnvironment(t)
  await env.create(todos)
  await env.create({
    name: 'all',
    fields: {
      text: { type: 'text' },
      integer: { type: 'integer' },
      number: { type: 'number' },
      decimal: { type: 'decimal' },
      boolean: { type: 'boolean' },
      timestamp: { type: 'timestamp' },
      date: { type: 'date' },
      json: { type: 'json' },
      uuid: { type: 'uuid' },
      email: { type: 'email' },
      url: { type: 'url' },
      select: { type: 'select', options: ['a', "b'"] },
      relation: { type: 'relation', to: 'todos' },
      file: { type: 'file' },
      geopoint: { type: 'geopoint' },
      tags: { type: 'text', list: true },
      dates: { type: 'date', list: true },
    },
  })
  assert.deepEqual(await columns(env, 'all'), {
    id: 'uuid',
    created_at: 'timestamp with time zone',
    updated_at: 'timestamp with time zone',
    text: 'text',
    integer: 'bigint',
    number: 'double precision',
    decimal: 'numeric',
    boolean: 'boolean',
    timestamp: 'timestamp with time zone',
    date: 'date',
    json: 'jsonb',
    uuid: 'uuid',
    email: 'text',
    url: 'text',
    select: 'text',
    relation: 'uuid',
    file: 'text',
    geopoint: 'point',
    tags: 'text[]',
    dates: 'date[]',
  })
  await env.run(`insert into @todos (id, title) values ('01990000-0000-7000-8000-000000000001', 'x')`)
  await env.run(`insert into @all values (default, default, default, 'é', 9223372036854775807, 0.1, 1.10, true,
    '2026-01-31T12:00:00.123456Z', '2026-01-31', '{"a":[1]}', '01990000-0000-7000-8000-000000000001', 'a@b.de',
    'https://a.de/x', 'b''', '01990000-0000-7000-8000-000000000001', 'f', '(1,2)', '{a,"b c"}', '{2026-01-31}')`)
  const [{ id: _id, created_at: _c, updated_at: _u, ...row } = {}] = await env.run('select * from @all')
  assert.deepEqual(row, {
    text: 'é',
    integer: '9223372036854775807',
    number: 0.1,
    decimal: '1.10',
    boolean: true,
    timestamp: '2026-01-31 12:00:00.123456+00',
    date: '2026-01-31',
    json: '{"a": [1]}',
    uuid: '01990000-0000-7000-8000-000000000001',
    email: 'a@b.de',
    url: 'https://a.de/x',
    select: "b'",
    relation: '01990000-0000-7000-8000-000000000001',
    file: 'f',
    geopoint: '(1,2)',
    tags: '{a,"b c"}',
    dates: '{2026-01-31}',
  })
})

const refusals: readonly [
  field: CollectionDefinition['fields'][string],
  value: string,
  constraint: string,
][] = [
  [{ type: 'text', min: 2 }, `'a'`, 'it.min'],
  [{ type: 'text', max: 2 }, `'äöü'`, 'it.max'],
  [{ type: 'integer', min: 2 }, '1', 'it.min'],
  [{ type: 'number', max: 0.1 }, '0.2', 'it.max'],
  [{ type: 'decimal', min: 0.1 }, '0.09', 'it.min'],
  [{ type: 'text', list: true, max: 1 }, `'{a,b}'`, 'it.max'],
  [{ type: 'text', list: true }, `'{{a,b},{c,d}}'`, 'it.list'],
  [{ type: 'text', pattern: '[a-z]+|[0-9]' }, `'ab1'`, 'it.pattern'],
  [{ type: 'select', options: ['a'] }, `'b'`, 'it.options'],
  [{ type: 'select', list: true, options: ['a'] }, `'{a,b}'`, 'it.options'],
  [{ type: 'email' }, `'nobody'`, 'it.email'],
  [{ type: 'email', list: true }, `'{a@b.de,nobody}'`, 'it.email'],
  [{ type: 'url' }, `'javascript:1'`, 'it.url'],
  [{ type: 'relation', to: 'things' }, `'01990000-0000-7000-8000-000000000001'`, 'it.relation'],
]

test('constraints refuse what does not fit, by a name that tells which', async t => {
  const env = await testEnvironment(t)
  for (const [field, value, constraint] of refusals) {
    await env.create({ name: 'things', fields: { it: field } })
    await env.run('insert into @things (it) values (null)')
    await assert.rejects(env.run(`insert into @things (it) values (${value})`), { constraint })
    await env.drop('things')
  }
  await env.create({ name: 'things', fields: { it: { type: 'text', required: true, unique: true } } })
  await assert.rejects(env.run('insert into @things default values'), { code: '23502', column: 'it' })
  await env.run(`insert into @things (it) values ('a')`)
  await assert.rejects(env.run(`insert into @things (it) values ('a')`), { constraint: 'things.it.unique' })
})

test('defaults, computed fields and times are made by Postgres', async t => {
  const env = await testEnvironment(t)
  await env.create({
    name: 'people',
    fields: {
      first: { type: 'text', required: true },
      last: { type: 'text', default: "O'Neil \\" },
      name: { type: 'text', computed: "doc.first + ' ' + doc.last" },
      score: { type: 'integer', default: 3 },
      price: { type: 'decimal', default: '1.10' },
      tags: { type: 'text', list: true, default: ['a', 'b'] },
      data: { type: 'json', default: { a: 1 } },
      seen: { type: 'timestamp', default: { cel: 'now' } },
    },
  })
  const [row] = await env.run(`insert into @people (first) values ('Ed') returning *`)
  assert.equal(row!['name'], "Ed O'Neil \\")
  assert.deepEqual(
    [row!['score'], row!['price'], row!['tags'], row!['data']],
    ['3', '1.10', '{a,b}', '{"a": 1}'],
  )
  assert.equal(row!['seen'], row!['created_at'])
  assert.match(String(row!['id']), /^[0-9a-f]{8}-[0-9a-f]{4}-7/)

  const [after] = await env.run(`update @people set score = 4 returning updated_at > created_at as later`)
  assert.deepEqual(after, { later: true })
  const [told] = await env.run(`update @people set updated_at = '2020-01-01Z' returning updated_at`)
  assert.deepEqual(told, { updated_at: '2020-01-01 00:00:00+00' })
  await assert.rejects(env.run(`update @people set name = 'x'`), { code: '428C9' })
})

test('ids of servers before Postgres 18 grow with time and say their version', async t => {
  const { db } = await testEnvironment(t)
  const rows = await db.query<{ uuid: string; version: string; age: string }>(sql`
    select uuid, uuid_extract_version(uuid)::text as version,
      abs(extract(epoch from clock_timestamp() - uuid_extract_timestamp(uuid))) < 60 as age
    from (select cb.uuid_v7() as uuid, pg_sleep(0.002) from generate_series(1, 20)) made`)
  assert.deepEqual(new Set(rows.map(({ version, age }) => `${version} ${age}`)), new Set(['7 true']))
  const ids = rows.map(({ uuid }) => uuid)
  assert.deepEqual(ids, ids.toSorted())
})
