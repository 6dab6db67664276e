import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CollectionChange, CollectionDefinition } from '@cloudbox/protocol/collection'
import { Problem } from '../../../kernel/problem.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { secret, testEnvironment, type TestEnvironment } from '../testing/test-environment.ts'

const todos: CollectionDefinition = { name: 'todos', fields: { title: { type: 'text' } } }

async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const error = await work.then(
    () => assert.fail('it was not refused'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Problem)) throw error
  return error
}

async function columns({ db, environment }: TestEnvironment, name: string) {
  const rows = await db.query<{ name: string; type: string }>(sql`
    select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
    where attrelid = ${`"${environment.schema}"."${name}"`}::regclass and attnum > 0 and not attisdropped
    order by attnum`)
  return Object.fromEntries(rows.map(row => [row.name, row.type]))
}

test('a collection changes in every way and keeps its documents', async t => {
  const env = await testEnvironment(t)
  const before = await env.create({
    name: 'todos',
    fields: {
      title: { type: 'text', max: 100 },
      size: { type: 'integer', default: 1 },
      half: { type: 'number', computed: 'doc.size / 2.0' },
      old: { type: 'text' },
      parent: { type: 'relation', to: 'todos' },
    },
    indexes: [
      { fields: ['title', '-createdAt'] },
      { fields: ['size'], where: 'doc.size > 3', name: 'large' },
    ],
    policies: { list: 'doc.title == auth.uid', update: 'doc.title == next.title' },
  })
  await env.run(`insert into @todos (title, size, old) values ('a', 4, 'x'), ('b', 8, 'y')`)

  const after = await env.change('todos', {
    name: 'tasks',
    rename: { title: 'name' },
    fields: {
      name: { type: 'text', max: 50, required: true, unique: true },
      size: { type: 'number', default: 2.5, min: 1 },
      done: { type: 'boolean', required: true, default: false },
      twice: { type: 'number', computed: 'doc.size + doc.size' },
      old: null,
      parent: { type: 'relation', to: 'tasks', onDelete: 'cascade' },
    },
  })
  assert.ok(after.version > before.version)
  assert.deepEqual(Object.keys(after.definition.fields), ['name', 'size', 'half', 'parent', 'done', 'twice'])
  assert.equal(after.definition.policies!.list, 'doc.name == auth.uid')
  assert.deepEqual(after.definition.indexes![0], { fields: ['name', '-createdAt'] })
  const rows = await env.run('select name, size, half, done, twice from @tasks order by name')
  assert.deepEqual(rows, [
    { name: 'a', size: 4, half: 2, done: false, twice: 8 },
    { name: 'b', size: 8, half: 4, done: false, twice: 16 },
  ])
  const names = await env.run<{ name: string }>(`
    select indexrelid::regclass::text as name from pg_index where indrelid = '@tasks'::regclass order by 1`)
  const bare = names.map(({ name }) => /"([^"]+)"$/.exec(name)![1])
  assert.deepEqual(bare.toSorted(), [
    'tasks.large',
    'tasks.name.createdAt_desc.index',
    'tasks.name.unique',
    'tasks.parent.relation',
    'tasks.pkey',
  ])
  await assert.rejects(env.run(`insert into @tasks (name) values ('a')`), { constraint: 'tasks.name.unique' })
  await assert.rejects(env.run(`insert into @tasks (name, size) values ('c', 0)`), { constraint: 'size.min' })

  const open = await env.change('tasks', {
    fields: { name: { type: 'text' }, half: null, twice: { type: 'number', computed: 'doc.size + 1' } },
    indexes: [],
    policies: { list: null },
  })
  assert.deepEqual(open.definition.policies, { update: 'doc.name == next.name' })
  assert.deepEqual(await env.run('select twice from @tasks order by name'), [{ twice: 5 }, { twice: 9 }])
  await env.run(`insert into @tasks (name) values ('a'), (null)`)

  await env.drop('tasks')
  assert.deepEqual(await env.run('select * from @data_collections'), [])
  await assert.rejects(env.run('select from @tasks'), { code: '42P01' })
})

const retypings: readonly [
  from: CollectionDefinition['fields'][string],
  value: string,
  to: CollectionDefinition['fields'][string],
  after: unknown,
][] = [
  [{ type: 'text' }, `'42'`, { type: 'integer' }, '42'],
  [{ type: 'text' }, `'1e2'`, { type: 'number' }, 100],
  [{ type: 'text' }, `'2026-01-31T12:00:00Z'`, { type: 'timestamp' }, '2026-01-31 12:00:00+00'],
  [{ type: 'text' }, `'a'`, { type: 'json' }, '"a"'],
  [{ type: 'text' }, `'a'`, { type: 'text', list: true }, '{a}'],
  [{ type: 'text' }, `'a@b.de'`, { type: 'email' }, 'a@b.de'],
  [{ type: 'number' }, '9007199254740991', { type: 'integer' }, '9007199254740991'],
  [{ type: 'decimal' }, '3.0', { type: 'integer' }, '3'],
  [{ type: 'number' }, '0.1', { type: 'decimal' }, '0.1'],
  [{ type: 'integer' }, '3', { type: 'number' }, 3],
  [{ type: 'timestamp' }, `'2026-01-31T12:00:00Z'`, { type: 'text' }, '2026-01-31T12:00:00+00:00'],
  [{ type: 'date' }, `'2026-01-31'`, { type: 'timestamp' }, '2026-01-31 00:00:00+00'],
  [{ type: 'boolean' }, 'true', { type: 'text' }, 'true'],
  [{ type: 'integer', list: true }, `'{1,2}'`, { type: 'json' }, '[1, 2]'],
]

test('a field changes its type where every value keeps its meaning', async t => {
  const env = await testEnvironment(t)
  for (const [from, value, to, after] of retypings) {
    await env.create({ name: 'things', fields: { it: from } })
    await env.run(`insert into @things (it) values (${value}), (null)`)
    await env.change('things', { fields: { it: to } })
    assert.deepEqual(await env.run('select it from @things order by it nulls last'), [
      { it: after },
      { it: null },
    ])
    await env.drop('things')
  }
})

const misfits: readonly [change: CollectionChange, at: string, message: RegExp][] = [
  [
    { fields: { title: { type: 'text', required: true } } },
    '/fields/title/required',
    /1 document does not fit/,
  ],
  [{ fields: { title: { type: 'text', max: 1 } } }, '/fields/title/max', /2 documents do not fit/],
  [{ fields: { title: { type: 'integer' } } }, '/fields/title/type', /2 documents do not fit/],
  [{ fields: { title: { type: 'email' } } }, '/fields/title/type', /2 documents do not fit/],
  [{ fields: { kind: { type: 'text', unique: true } } }, '/fields/kind/unique', /no two documents/],
  [{ fields: { more: { type: 'text', required: true } } }, '/fields/more/required', /3 documents do not fit/],
  [{ fields: { ref: { type: 'relation', to: 'todos' } } }, '/fields/ref/to', /3 documents do not fit/],
]

test('a change that documents do not fit leaves nothing behind and says what does not fit', async t => {
  const env = await testEnvironment(t)
  const fields = { title: { type: 'text' }, kind: { type: 'text' }, ref: { type: 'uuid' } } as const
  const { version } = await env.create({ name: 'todos', fields })
  await env.run(
    `insert into @todos (title, kind, ref) select x, 'k', gen_random_uuid() from unnest(array['ab', 'cd', null]) x`,
  )
  const shape = await columns(env, 'todos')
  for (const [change, at, message] of misfits) {
    const harmless = { added: { type: 'text' }, ...change.fields } as const
    const problem = await problemOf(env.change('todos', { ...change, fields: harmless }))
    assert.equal(problem.code, 'data/data-does-not-fit')
    assert.equal(problem.errors![0]!.at, at)
    assert.match(problem.message, message)
    assert.deepEqual(await columns(env, 'todos'), shape)
  }
  const collection = await env.deps.catalog.collection(env.environment, 'todos', secret)
  assert.equal(collection.version, version)
})

test('a flexible collection becomes stricter: unknown fields move into known ones', async t => {
  const env = await testEnvironment(t)
  await env.create({ name: 'notes', flexible: true, fields: {} })
  await env.run(
    `insert into @notes (extra_fields) values ('{"size": 3, "tags": ["a", "b"], "at": null}'), ('{"odd": 1}')`,
  )
  const [{ updated_at: updatedAt } = {}] = await env.run('select max(updated_at) as updated_at from @notes')

  const refused = await problemOf(
    env.change('notes', { flexible: false, fields: { size: { type: 'integer' } } }),
  )
  assert.equal(refused.code, 'data/data-does-not-fit')
  assert.match(refused.message, /"at", "odd", "tags"/)

  await env.change('notes', { fields: { size: { type: 'integer' }, tags: { type: 'text', list: true } } })
  assert.deepEqual(await env.run(`select size, tags, extra_fields from @notes order by size`), [
    { size: '3', tags: '{a,b}', extra_fields: '{"at": null}' },
    { size: null, tags: null, extra_fields: '{"odd": 1}' },
  ])
  const unreadable = await problemOf(env.change('notes', { fields: { odd: { type: 'uuid' } } }))
  assert.equal(unreadable.code, 'data/data-does-not-fit')

  await env.change('notes', { flexible: false, fields: { odd: { type: 'text' }, at: { type: 'date' } } })
  assert.deepEqual(await env.run(`select odd, at from @notes order by odd`), [
    { odd: '1', at: null },
    { odd: null, at: null },
  ])
  assert.deepEqual(await env.run('select max(updated_at) as updated_at from @notes'), [
    { updated_at: updatedAt },
  ])
  await env.change('notes', { flexible: true })
  await env.run(`update @notes set extra_fields = '{"new": 1}'`)
})

test('a field is not renamed over what documents have under that name', async t => {
  const env = await testEnvironment(t)
  await env.create({ name: 'notes', flexible: true, fields: { title: { type: 'text' } } })
  await env.run(`insert into @notes (title, extra_fields) values ('a', '{"name": null}'), ('b', '{}')`)
  const refused = await problemOf(env.change('notes', { rename: { title: 'name' } }))
  assert.equal(refused.code, 'data/data-does-not-fit')
  assert.deepEqual(refused.errors, [{ at: '/rename', message: 'unknown fields are in use: "name"' }])
  await env.change('notes', { rename: { title: 'heading' } })
  assert.deepEqual(await env.run('select heading, extra_fields from @notes order by heading'), [
    { heading: 'a', extra_fields: '{"name": null}' },
    { heading: 'b', extra_fields: '{}' },
  ])
})

test('two changes at once happen one after the other', async t => {
  const env = await testEnvironment(t)
  await env.create(todos)
  const names = ['a', 'b', 'c', 'd']
  await Promise.all(names.map(name => env.change('todos', { fields: { [name]: { type: 'text' } } })))
  const { definition } = await env.deps.catalog.collection(env.environment, 'todos', secret)
  assert.deepEqual(Object.keys(definition.fields).toSorted(), [...names, 'title'])
  const twice = await Promise.allSettled([
    env.create({ ...todos, name: 'x' }),
    env.create({ ...todos, name: 'X' }),
  ])
  assert.deepEqual(twice.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
})

test('a change does not wait for ever behind an open transaction', async t => {
  const env = await testEnvironment(t)
  await env.create(todos)
  await env.db.transaction(async tx => {
    await tx.query(sql`select from ${id(env.environment.schema, 'todos')}`)
    const problem = await problemOf(env.change('todos', { fields: { more: { type: 'text' } } }))
    assert.equal(problem.code, 'data/collection-busy')
    assert.equal(problem.headers!['retry-after'], '1')
  })
  await env.change('todos', { fields: { more: { type: 'text' } } })
})

test('what others need is not dropped under them', async t => {
  const env = await testEnvironment(t)
  await env.create({ name: 'rooms', fields: { name: { type: 'text' } } })
  await env.create({
    name: 'members',
    fields: { room: { type: 'relation', to: 'rooms' }, uid: { type: 'text' } },
  })
  const list = 'db.members.exists(m, m.room == doc.id && m.uid == auth.uid)'
  await env.change('rooms', { policies: { list } })

  const related = await problemOf(env.drop('rooms'))
  assert.equal(related.code, 'data/collection-in-use')
  assert.match(related.message, /members\.room/)
  const lookedInto = await problemOf(env.drop('members'))
  assert.match(lookedInto.message, /Policies of rooms look into members/)
  const field = await problemOf(env.change('members', { fields: { uid: null } }))
  assert.equal(field.code, 'data/collection-in-use')

  for (const spelled of ['db.`members`', '(db).members', 'db // members\n .members']) {
    await env.change('rooms', { policies: { list: list.replace('db.members', spelled) } })
    assert.match(
      (await problemOf(env.drop('members'))).message,
      /Policies of rooms look into members/,
      spelled,
    )
  }

  await env.run('create view @glance as select name from @rooms')
  const viewed = await problemOf(env.change('rooms', { fields: { name: null } }))
  assert.equal(viewed.code, 'data/collection-in-use')
  await env.run('drop view @glance')

  // The policy that looks into members is written anew around a change of the column's type.
  const { version } = await env.deps.catalog.collection(env.environment, 'rooms', secret)
  await env.change('members', {
    fields: { uid: { type: 'text', max: 10 }, room: { type: 'relation', to: 'rooms', onDelete: 'cascade' } },
  })
  await env.change('rooms', { name: 'halls' })
  const all = await env.deps.catalog.collections(env.environment)
  assert.equal(all.get('members')!.definition.fields['room']!.to, 'halls')
  assert.ok(all.get('halls')!.version > version)
  assert.deepEqual(all.get('halls')!.incoming, [{ collection: 'members', field: 'room', unique: false }])
})

test('indexes of every kind are made and used', async t => {
  const env = await testEnvironment(t)
  await env.create({
    name: 'places',
    fields: {
      name: { type: 'text' },
      tags: { type: 'text', list: true },
      data: { type: 'json' },
      at: { type: 'geopoint' },
      open: { type: 'boolean' },
    },
    indexes: [
      { fields: ['name'], kind: 'trigram' },
      { fields: ['tags'], kind: 'gin' },
      { fields: ['data'], kind: 'gin' },
      { fields: ['at'], kind: 'gist' },
      { fields: ['name'], unique: true, where: 'doc.open == true' },
    ],
  })
  await env.run(`insert into @places (name, open) values ('a', false), ('a', false), ('a', true)`)
  await assert.rejects(env.run(`insert into @places (name, open) values ('a', true)`), {
    constraint: 'places.name.key',
  })
  const clash = await problemOf(env.change('places', { indexes: [{ fields: ['name'], unique: true }] }))
  assert.equal(clash.code, 'data/data-does-not-fit')
  assert.equal(clash.errors![0]!.at, '/indexes/0/unique')
})
