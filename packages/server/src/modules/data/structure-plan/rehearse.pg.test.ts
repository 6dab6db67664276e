import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { sql } from '../../../kernel/sql.ts'
import { silentLog } from '../../../testing/test-cluster.ts'
import { catalogOf } from '../testing/catalog-of.ts'
import { testEnvironment, type TestEnvironment } from '../testing/test-environment.ts'
import { exportStructure } from './export-structure.ts'
import { planStructure } from './plan-structure.ts'
import { rehearse } from './rehearse.ts'

const before: CollectionDefinition[] = [
  { name: 'lists', fields: { owner: { type: 'text' } } },
  {
    name: 'todos',
    fields: { title: { type: 'text' }, size: { type: 'text' }, list: { type: 'relation', to: 'lists' } },
    policies: { list: 'db.lists.exists(l, l.owner == auth.uid)' },
  },
]

async function filled(env: TestEnvironment) {
  for (const definition of before) await env.create(definition)
  await env.run(`insert into @lists (owner) values ('ada')`)
  await env.run(
    `insert into @todos (title, size, list) select 'a', n::text, l.id from generate_series(1, 50) n, @lists l`,
  )
}

async function rehearsed(env: TestEnvironment, wanted: readonly CollectionDefinition[]) {
  const { collections } = await exportStructure(env.db, env.environment)
  return rehearse({ db: env.db, log: silentLog }, env.environment, planStructure(collections, wanted))
}

/** What a rehearsal must leave as it is. */
async function traces({ db, environment, run }: TestEnvironment) {
  const [position] = await db.query<{ made: string }>(sql`
    select count(*)::text as made from pg_class where relkind in ('r', 'S', 'i')`)
  return [
    await catalogOf(db, environment),
    await run('select * from @todos order by id'),
    await run('select name, version from @data_collections order by name'),
    await run('select count(*) from @data_trash'),
    position,
  ]
}

test('a rehearsal tells of every step what it takes, and leaves no trace', async t => {
  const env = await testEnvironment(t)
  await filled(env)
  const start = await traces(env)
  const { steps, failure } = await rehearsed(env, [
    { name: 'boxes', fields: {} },
    {
      name: 'todos',
      fields: {
        title: { type: 'text', required: true },
        size: { type: 'integer' },
        box: { type: 'relation', to: 'boxes' },
      },
      policies: { list: 'db.boxes.exists(b, b.id == doc.box)' },
    },
  ])
  assert.equal(failure, undefined)
  const told = steps.map(({ sentence, locks, isRewrite, rows }) => [
    sentence.split(/[;:]/)[0],
    locks.map(({ collection, mode }) => `${collection} ${mode}`).join(', '),
    isRewrite,
    rows,
  ])
  const exclusive = 'todos AccessExclusiveLock'
  assert.deepEqual(told, [
    ['Create collection boxes with no fields.', 'boxes AccessExclusiveLock', false, 0],
    ['Drop field list of todos', `lists AccessExclusiveLock, ${exclusive}`, false, 50],
    ['Add field box (relation to boxes) to todos.', `boxes ShareRowExclusiveLock, ${exclusive}`, false, 50],
    ['Change field title of todos', exclusive, false, 50],
    ['Change field size of todos', exclusive, true, 50],
    ['Drop collection lists', 'lists AccessExclusiveLock', false, 1],
    ['Change the policy for list of todos.', '', false, 50],
  ])
  assert.ok(steps.every(({ ms }) => ms >= 0))
  assert.deepEqual(await traces(env), start)
})

test('a rehearsal names the step that would fail, and why', async t => {
  const env = await testEnvironment(t)
  await filled(env)
  await env.run(`update @todos set size = 'large' where size = '7'`)
  const start = await traces(env)
  const [lists, todos] = before
  const { steps, failure } = await rehearsed(env, [
    lists!,
    { ...todos!, fields: { ...todos!.fields, size: { type: 'integer' }, done: { type: 'boolean' } } },
  ])
  assert.equal(steps.length, 1)
  assert.equal(failure!.code, 'data/data-does-not-fit')
  assert.match(failure!.detail!, /^Step 2 \(Change field size of todos/)
  assert.deepEqual(
    failure!.errors!.map(({ at }) => at),
    ['/steps/1/fields/size/type'],
  )
  assert.deepEqual(await traces(env), start)
})

test('a rehearsal goes on while others write, and they do not wait for it', async t => {
  const env = await testEnvironment(t)
  await filled(env)
  await env.db.transaction(async tx => {
    await tx.query(sql`select set_config('lock_timeout', '1s', true)`)
    // Holds what an application holds: rows it has written.
    await tx.script(`update "${env.environment.schema}".todos set title = 'held'`)
    const { failure } = await rehearsed(env, [])
    assert.equal(failure, undefined)
    await tx.script(`update "${env.environment.schema}".todos set title = 'written'`)
  })
  assert.deepEqual(await env.run('select distinct title from @todos'), [{ title: 'written' }])
})
