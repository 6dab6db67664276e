import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogOf } from '../testing/catalog-of.ts'
import { onlineEnvironment, people } from '../testing/online-environment.ts'
import { become, everything, problemOf } from '../testing/plan-environment.ts'
import { exportStructure } from '../structure-plan/export-structure.ts'
import { listTrash } from '../structure-plan/list-trash.ts'
import { undoStructure } from '../structure-plan/undo-structure.ts'
import { nextBatch, putBatch } from './client-batches.ts'
import { cancelChange, pauseChange, resumeChange } from './decide.ts'
import { listQuarantine } from './quarantine.ts'
import { startChange } from './start-change.ts'

const isDone = ({ state }: { state: string }) => state === 'done' || state === 'failed'
const many = `select 'p' || lpad(n::text, 5, '0'), n::text from generate_series(1, 3000) n`

for (const [language, using] of [
  ['a conversion', undefined],
  ['CEL', { cel: 'int(doc.age)' }],
  ['SQL', { sql: 'age::bigint' }],
] as const)
  test(`a field changes online by ${language}: the table is as after a change in one transaction`, async t => {
    const env = await onlineEnvironment(t, { fill: many })
    const start = await everything(env)
    const wanted = { type: 'integer', required: true, min: 0, unique: true, default: 7 } as const
    const change = await env.begin(wanted, using)
    const done = await env.until(change, isDone)
    assert.deepEqual([done.state, done.error, done.rowsTotal, done.rowsDone], ['done', null, 3000, 3000])
    const online = await everything(env)
    await undoStructure(env.deps, env.environment, done.plan!)
    assert.deepEqual(await everything(env), start)
    await become(env, [people(wanted)], using === undefined ? {} : { using: { 'people.age': using } })
    const atOnce = await everything(env)
    assert.equal(atOnce.definitions, online.definitions)
    assert.deepEqual(atOnce.lines, online.lines)
  })

test('whoever reads and writes meanwhile sees the old field, and nothing of the change', async t => {
  const env = await onlineEnvironment(t, { fill: `select 'p' || n, n::text from generate_series(1, 5) n` })
  const start = await exportStructure(env.db, env.environment)
  const change = await env.begin({ type: 'integer' })
  assert.deepEqual(await exportStructure(env.db, env.environment), start)
  const touched = await env.run('select updated_at from @people order by name')
  await env.run(`update @people set age = '50' where name = 'p5'`)
  await env.run(`insert into @people (name, age) values ('p6', '60')`)
  await env.run(`delete from @people where name = 'p1'`)
  const done = await env.until(change, isDone)
  assert.equal(done.state, 'done')
  assert.deepEqual(await env.ages(), ['2', '3', '4', '50', '60'])
  const after = await env.run('select updated_at from @people order by name')
  assert.deepEqual(after.slice(0, 3), touched.slice(1, 4))
  await undoStructure(env.deps, env.environment, done.plan!)
  assert.deepEqual(await env.ages(), ['2', '3', '4', '50', '60'])
})

test('values without a counterpart wait in quarantine until they are mended', async t => {
  const env = await onlineEnvironment(t, {
    fill: `values ('a', '1'), ('b', 'large'), ('c', 'x'), ('d', '-4'), ('e', null)`,
  })
  const change = await env.begin({ type: 'integer', min: 0 }, { cel: 'int(doc.age)' })
  await env.until(change, ({ phase, quarantined }) => phase === 'quarantined' && quarantined === 3)
  const held = await listQuarantine(env.db, env.environment, change)
  assert.deepEqual(held.map(({ value, message }) => `${value}: ${message}`).toSorted(), [
    '-4: does not pass min',
    'large: the transform has no value for it',
    'x: the transform has no value for it',
  ])
  // By writing the field, by giving a value, by removing the document.
  await env.run(`update @people set age = '22' where name = 'b'`)
  const x = held.find(({ value }) => value === 'x')!
  await putBatch(env.db, env.environment, change.id, { values: [{ id: x.document, value: 33 }] })
  await env.run(`update @people set name = 'c2' where name = 'c'`)
  await env.run(`delete from @people where name = 'd'`)
  const done = await env.until(change, isDone)
  assert.equal(done.state, 'done', done.error ?? '')
  assert.deepEqual(await env.ages(), ['1', '22', '33', null])
})

test('what is in quarantine becomes nothing when that is asked for', async t => {
  const env = await onlineEnvironment(t, { fill: `values ('a', '1'), ('b', 'large')` })
  const change = await env.begin({ type: 'integer' })
  await env.until(change, ({ phase, quarantined }) => phase === 'quarantined' && quarantined === 1)
  await resumeChange(env.db, env.environment, change.id, { setNull: true })
  const done = await env.until(change, isDone)
  assert.deepEqual(await env.ages(), ['1', null])
  await undoStructure(env.deps, env.environment, done.plan!)
  assert.deepEqual(await env.ages(), ['1', 'large'])
})

test('a change that is cancelled leaves everything exactly as it was', async t => {
  const env = await onlineEnvironment(t, { fill: `values ('a', '1'), ('b', 'large')` })
  const start = await everything(env)
  const catalog = await catalogOf(env.db, env.environment)
  const change = await env.begin({ type: 'integer', unique: true })
  assert.notDeepEqual(await catalogOf(env.db, env.environment), catalog)
  await env.until(change, ({ quarantined }) => quarantined === 1)
  const { state } = await cancelChange(env.deps, env.environment, change.id)
  assert.equal(state, 'cancelled')
  assert.deepEqual(await everything(env), start)
  for (const table of ['data_change_todo', 'data_change_quarantine', 'data_trash'])
    assert.deepEqual(await env.run(`select from @${table}`), [])
  assert.deepEqual(await env.run(`select from pg_proc where proname ~ '^data_change'`), [])
  const over = await problemOf(pauseChange(env.db, env.environment, change.id))
  assert.equal(over.code, 'schema/change-over')
})

test('a change that rests goes on where it was, also by another process', async t => {
  const env = await onlineEnvironment(t, { fill: many })
  const change = await env.begin({ type: 'integer' })
  const paused = await pauseChange(env.db, env.environment, change.id)
  assert.equal(paused.state, 'paused')
  await env.runner.resume()
  await env.run(`update @people set age = '777' where name = 'p00005'`)
  assert.deepEqual(await env.run(`select from @people where "age.change" is not null`), [{}])
  await resumeChange(env.db, env.environment, change.id)
  const done = await env.until(change, isDone)
  assert.equal(done.state, 'done')
  assert.equal((await env.ages())[4], '777')
})

test('nothing else changes the structure of a collection meanwhile', async t => {
  const env = await onlineEnvironment(t, { fill: `values ('a', 'x')` })
  const change = await env.begin({ type: 'integer' })
  const codes = await Promise.all(
    [
      env.begin({ type: 'number' }),
      env.change('people', { fields: { more: { type: 'text' } } }),
      env.drop('people'),
      become(env, [people({ type: 'text' }), { name: 'other', fields: {} }].toReversed().slice(0, 1)),
    ].map(async work => (await problemOf(work)).code),
  )
  assert.deepEqual(new Set(codes), new Set(['schema/change-under-way']))
  await env.create({ name: 'other', fields: { one: { type: 'relation', to: 'people' } } })
  await cancelChange(env.deps, env.environment, change.id)
  await env.change('people', { fields: { more: { type: 'text' } } })
})

test('mistakes are told before anything is made', async t => {
  const env = await onlineEnvironment(t)
  const start = await everything(env)
  const code = async (work: Promise<unknown>) => (await problemOf(work)).code
  assert.equal(await code(env.begin({ type: 'integer' }, { cel: 'doc.agee' })), 'policy/invalid-expression')
  assert.equal(await code(env.begin({ type: 'integer' }, { sql: 'pg_sleep(1)' })), 'schema/invalid-transform')
  assert.equal(await code(env.begin({ type: 'geopoint' })), 'schema/invalid-transform')
  assert.equal(await code(env.begin({ type: 'text', max: 3 })), 'schema/invalid-transform')
  assert.equal(await code(env.begin({ type: 'relation', to: 'nobody' })), 'data/invalid-collection')
  assert.deepEqual(await everything(env), start)
  assert.deepEqual(await env.run('select from @data_online_changes'), [])
})

test('documents that do not fit the new definition let the change fail, and it goes on once they do', async t => {
  const env = await onlineEnvironment(t, { fill: `values ('a', '1'), ('b', '01'), ('c', '3')` })
  const change = await env.begin({ type: 'integer', unique: true })
  const failed = await env.until(change, ({ state }) => state === 'failed')
  assert.match(failed.error!, /No two documents may have the same age/)
  await env.run(`update @people set age = '2' where name = 'b'`)
  await resumeChange(env.db, env.environment, change.id)
  const done = await env.until(change, isDone)
  assert.equal(done.state, 'done', done.error ?? '')
  assert.deepEqual(await env.ages(), ['1', '2', '3'])
})

test('a program computes the values, and computes anew what is written meanwhile', async t => {
  const env = await onlineEnvironment(t, { fill: `values ('a', '1'), ('b', '2'), ('c', 'x'), ('d', '4')` })
  const change = await env.begin({ type: 'integer' }, { client: true })
  let writes = 0
  const work = async () => {
    for (;;) {
      const { rows, isDone: isOver } = await nextBatch(env.deps, env.environment, change.id, 2)
      if (rows.length === 0) return isOver
      if (writes++ === 0) await env.run(`update @people set age = '40' where name = 'a'`)
      const computed = rows.map(({ id, version, document }) => ({
        ...{ id, version, value: 10 * Number(document['age']) },
      }))
      await putBatch(env.db, env.environment, change.id, {
        values: computed.filter(({ value }) => !Number.isNaN(value)),
        failures: computed
          .filter(({ value }) => Number.isNaN(value))
          .map(({ id, version }) => ({ id, version, message: 'not a number' })),
      })
      await env.run(
        `insert into @people (name, age) select 'z', '26' where not exists (select from @people where name = 'z')`,
      )
    }
  }
  assert.equal(await work(), true)
  await env.until(change, ({ phase, quarantined }) => phase === 'quarantined' && quarantined === 1)
  await env.run(`update @people set age = '3' where name = 'c'`)
  await env.until(change, ({ phase }) => phase === 'backfill')
  await work()
  const done = await env.until(change, isDone)
  assert.equal(done.state, 'done', done.error ?? '')
  assert.deepEqual(await env.ages(), ['400', '20', '30', '40', '260'])
})

test('a program that has been mended computes anew what is in the quarantine', async t => {
  const env = await onlineEnvironment(t, { fill: `values ('a', '1'), ('b', 'two'), ('c', 'x')` })
  const change = await env.begin({ type: 'integer' }, { client: true })
  const work = async (read: (age: unknown) => number) => {
    for (;;) {
      const { rows } = await nextBatch(env.deps, env.environment, change.id)
      if (rows.length === 0) return
      const read1 = rows.map(({ document, ...row }) => ({ ...row, value: read(document['age']) }))
      await putBatch(env.db, env.environment, change.id, {
        values: read1.filter(({ value }) => !Number.isNaN(value)),
        failures: read1
          .filter(({ value }) => Number.isNaN(value))
          .map(({ id, version }) => ({ id, version, message: 'not a number' })),
      })
    }
  }
  await work(Number)
  await env.until(change, ({ phase, quarantined }) => phase === 'quarantined' && quarantined === 2)
  const held = await listQuarantine(env.db, env.environment, change)
  const stranger = '00000000-0000-7000-8000-000000000000'
  const again = [...held.map(({ document }) => document), stranger]
  await putBatch(env.db, env.environment, change.id, { again })
  const now = await env.until(change, ({ quarantined }) => quarantined === 0)
  assert.deepEqual([now.phase, now.rowsDone], ['backfill', 1])
  await work(age => (age === 'two' ? 2 : Number(age)))
  await env.until(change, ({ phase, quarantined }) => phase === 'quarantined' && quarantined === 1)
  await resumeChange(env.db, env.environment, change.id, { setNull: true })
  const done = await env.until(change, isDone)
  assert.equal(done.state, 'done', done.error ?? '')
  assert.deepEqual(await env.ages(), ['1', '2', null])
})

test('an index is made online, and one that was left half-made is made anew', async t => {
  const env = await onlineEnvironment(t, { fill: `values ('a', '1'), ('b', '1'), ('c', '3')` })
  const add = () =>
    startChange(env.deps, env.environment, {
      ...{
        kind: 'add-index',
        collection: 'people',
        index: 'age.key',
        after: { fields: ['age'], unique: true },
      },
    })
  const change = await add()
  const failed = await env.until(change, ({ state }) => state === 'failed')
  assert.match(failed.error!, /No two documents/)
  const invalid = await env.run(
    `select indisvalid from pg_index join pg_class c on c.oid = indexrelid where relname = 'people.age.key'`,
  )
  assert.deepEqual(invalid, [{ indisvalid: false }])
  await env.run(`update @people set age = '2' where name = 'b'`)
  await resumeChange(env.db, env.environment, change.id)
  const done = await env.until(change, isDone)
  assert.equal(done.state, 'done', done.error ?? '')
  const valid = await env.run(
    `select indisvalid from pg_index join pg_class c on c.oid = indexrelid where relname = 'people.age.key'`,
  )
  assert.deepEqual(valid, [{ indisvalid: true }])
  const { collections } = await exportStructure(env.db, env.environment)
  assert.deepEqual(collections.find(({ name }) => name === 'people')!.indexes, [
    { fields: ['age'], unique: true },
  ])
  await undoStructure(env.deps, env.environment, done.plan!)

  const again = await add()
  await cancelChange(env.deps, env.environment, again.id)
  assert.deepEqual(await env.run(`select from pg_class where relname = 'people.age.key'`), [])
  assert.deepEqual(await listTrash(env.db, env.environment), [])
})
