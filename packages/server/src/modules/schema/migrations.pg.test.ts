import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldDefinition } from '@cloudbox/protocol/collection'
import type { MigrationOperation } from '@cloudbox/protocol/schema'
import type { MigrationsPlan, SchemaPlan } from '@cloudbox/protocol/schema-replies'
import { migration, migrationServer } from './testing/migration-server.ts'

const text: FieldDefinition = { type: 'text' }
const create = migration('1_create', [], {
  do: 'create-collection',
  definition: { name: 'people', fields: { name: text, age: text } },
})
const addNote = migration('2_note', ['1_create'], {
  do: 'add-field',
  collection: 'people',
  field: 'note',
  definition: text,
})
const changeAge = migration('3_age', ['2_note'], {
  do: 'change-field',
  collection: 'people',
  field: 'age',
  definition: { type: 'integer' },
  using: { cel: `doc.age == '' ? null : int(doc.age)` },
})
const dropNote = migration('4_drop', ['3_age'], { do: 'drop-field', collection: 'people', field: 'note' })

test('migrations are applied once, in order, and taken back with their values', async t => {
  const box = await migrationServer({ after: work => t.after(work) })
  const names = ({ applied }: { applied: readonly { name: string }[] }) => applied.map(({ name }) => name)
  assert.deepEqual(names(await box.up(addNote, create)), ['1_create', '2_note'])
  assert.deepEqual(names(await box.up(addNote, create)), [])
  await box.run(`insert into @people (name, age, note) values ('ada', '36', 'x'), ('bob', '', null)`)
  const before = await box.everything()

  const plan = await box.ask<MigrationsPlan>('POST', '/schema/migrations/plan', {
    migrations: [create, addNote, changeAge, dropNote],
    rehearse: true,
  })
  assert.deepEqual(plan.problems, [])
  assert.deepEqual(
    plan.migrations.map(({ name, state, steps }) => [name, state, steps.map(step => step.isRewrite)]),
    [
      ['1_create', 'applied', []],
      ['2_note', 'applied', []],
      ['3_age', 'pending', [true]],
      ['4_drop', 'pending', [false]],
    ],
  )
  assert.deepEqual(await box.everything(), before)

  assert.deepEqual(names(await box.up(create, addNote, changeAge, dropNote)), ['3_age', '4_drop'])
  const { applied, drift } = await box.status()
  assert.deepEqual(names({ applied }), ['1_create', '2_note', '3_age', '4_drop'])
  assert.deepEqual(drift, [])
  assert.deepEqual(await box.run('select name, age from @people order by name'), [
    { name: 'ada', age: '36' },
    { name: 'bob', age: null },
  ])
  assert.deepEqual(await box.down(2), ['4_drop', '3_age'])
  const { trash, ...after } = await box.everything()
  assert.deepEqual({ ...after, trash: [] }, before)
  // Taking back is a plan, too: what the field held until then is kept.
  assert.deepEqual(
    trash.map(({ field }) => field),
    ['age'],
  )
  assert.deepEqual(await box.down(7), ['2_note', '1_create'])
  assert.deepEqual(await box.down(), [])
})

test('what is wrong with the files is told with their names, and nothing is applied', async t => {
  const box = await migrationServer({ after: work => t.after(work) })
  await box.up(create, addNote)
  const edited = await box.refused(
    { ...create, operations: [...create.operations, ...addNote.operations] },
    addNote,
    changeAge,
  )
  assert.equal(edited.code, 'schema/migration-edited')
  assert.match(edited.detail!, /^1_create has been changed since it was applied/)
  assert.match(edited.hint!, /1_create\.ts .*cloudbox migrate create/)
  // Reading the file again may give keys in another order.
  const again = JSON.parse(
    JSON.stringify({ operations: addNote.operations, parents: addNote.parents, name: addNote.name }),
  ) as typeof addNote
  assert.deepEqual(await box.up(create, again), { applied: [] })

  const ahead = await box.refused(create)
  assert.equal(ahead.code, 'schema/environment-ahead')
  assert.match(ahead.detail!, /2_note was applied here/)

  const unfit = await box.refused(create, addNote, {
    ...dropNote,
    parents: ['2_note'],
    operations: [{ do: 'drop-field', collection: 'people', field: 'notes' }],
  })
  assert.equal(unfit.code, 'schema/invalid-migration')
  assert.deepEqual(
    unfit.errors!.map(({ at, hint }) => [at, hint]),
    [['/migrations/4_drop/operations/0/field', 'Did you mean note?']],
  )
  const unknown = await box.refused(create, addNote, {
    ...changeAge,
    parents: ['2_nota'],
  })
  assert.match(unknown.hint!, /Did you mean 2_note/)
})

test('two branches that change the same are refused until they are joined; others may come in any order', async t => {
  const box = await migrationServer({ after: work => t.after(work) })
  await box.up(create)
  const policy = (name: string, policy: string) =>
    migration(name, ['1_create'], { do: 'change-policy', collection: 'people', operation: 'list', policy })
  const mine = policy('2_mine', 'doc.name == auth.uid')
  const theirs = policy('2_theirs', 'public("a list of people")')
  const conflict = await box.refused(create, mine, theirs)
  assert.equal(conflict.code, 'schema/migrations-conflict')
  assert.match(conflict.detail!, /^2_mine and 2_theirs both change people policy list/)
  const joined = migration('3_join', ['2_mine', '2_theirs'])
  await box.up(create, mine, theirs, joined)

  await box.down(4)
  await box.up(create, mine)
  const { applied } = await box.up(create, mine, addNote)
  assert.deepEqual(
    applied.map(({ name }) => name),
    ['2_note'],
  )
})

test('a migration that fails leaves everything as it was, those before it stay', async t => {
  const box = await migrationServer({ after: work => t.after(work) })
  await box.up(create)
  await box.run(`insert into @people (name, age) values ('ada', 'large')`)
  const failing = {
    ...changeAge,
    operations: [{ do: 'drop-field', collection: 'people', field: 'name' } as const, ...changeAge.operations],
  }
  const answer = await box.request('POST', '/schema/migrations', {
    body: { migrations: [create, addNote, failing] },
  })
  const problem = answer.body as { code: string; detail: string; errors: { at: string; message: string }[] }
  assert.equal(problem.code, 'schema/migration-failed')
  assert.match(problem.detail, /^3_age, operation 2 \(change-field people\.age\): .*lose values/)
  assert.match(problem.errors[0]!.at, /^\/migrations\/3_age\/operations\/1\/fields\/age\/using/)
  assert.match(problem.errors[0]!.message, /large/)
  const { applied } = await box.status()
  assert.deepEqual(
    applied.map(({ name }) => name),
    ['1_create', '2_note'],
  )
  const start = await box.everything()
  const plan = await box.ask<MigrationsPlan>('POST', '/schema/migrations/plan', {
    migrations: [create, addNote, failing],
    rehearse: true,
  })
  assert.deepEqual(
    plan.problems.map(({ code, errors }) => [code, errors![0]!.at.replace(/\[.*/, '')]),
    [['schema/migration-failed', '/migrations/3_age/operations/1/fields/age/using']],
  )
  const cast = await box.refused(create, addNote, {
    ...changeAge,
    operations: [
      { do: 'change-field', collection: 'people', field: 'age', definition: { type: 'geopoint' } },
    ],
  })
  assert.equal(cast.code, 'schema/migration-failed')
  assert.match(cast.detail!, /people\.age: 1 document has a value with no way/)
  assert.deepEqual(await box.everything(), start)
})

test('a structure that was changed without migrations is told, and taken over where it is what they make', async t => {
  const box = await migrationServer({ after: work => t.after(work) })
  await box.up(create)
  const people = { name: 'people', fields: { name: text, age: text, note: text } }
  await box.ask('POST', '/schema/apply', { collections: [people] })
  await box.run(`insert into @people (name, note) values ('ada', 'kept')`)
  const { drift } = await box.status()
  assert.deepEqual(drift, ['Add field note (text) to people.'])
  const { operations, parents } = await box.ask<SchemaPlan>('POST', '/schema/plan', {
    collections: [people],
    migrations: [create],
  })
  assert.deepEqual([operations, parents], [addNote.operations, ['1_create']])

  const other = { ...people, fields: { ...people.fields, more: text } }
  await box.ask('POST', '/schema/apply', { collections: [other] })
  const drifted = await box.refused(create, addNote)
  assert.equal(drifted.code, 'schema/structure-drifted')
  await box.ask('POST', '/schema/apply', { collections: [people] })

  const plan = await box.ask<MigrationsPlan>('POST', '/schema/migrations/plan', {
    migrations: [create, addNote],
  })
  assert.equal(plan.migrations[1]!.isTakenOver, true)
  assert.deepEqual(await box.up(create, addNote), {
    applied: [{ name: '2_note', plans: [], isTakenOver: true }],
  })
  assert.deepEqual((await box.status()).drift, [])
  assert.deepEqual(await box.run('select note from @people'), [{ note: 'kept' }])
  assert.deepEqual(await box.down(), ['2_note'])
  const { items } = await box.ask<{ items: { field: string }[] }>('GET', '/schema/trash')
  assert.equal(items[0]!.field, 'note')
})

test('two requests at once apply each migration once', async t => {
  const box = await migrationServer({ after: work => t.after(work) })
  const all = [create, addNote, changeAge, dropNote]
  const done = await Promise.all([1, 2, 3].map(() => box.up(...all)))
  assert.deepEqual(
    done.flatMap(({ applied }) => applied.map(({ name }) => name)).toSorted(),
    all.map(({ name }) => name),
  )
})

test('an online operation is alone in its migration, and a transform in TypeScript is online', async t => {
  const box = await migrationServer({ after: work => t.after(work) })
  const index: MigrationOperation = {
    do: 'add-index',
    collection: 'people',
    definition: { fields: ['age'] },
    online: true,
  }
  const crowd = await box.refused(create, migration('2_x', ['1_create'], index, ...addNote.operations))
  assert.match(crowd.detail!, /2_x, operation 1: an online operation has to be alone/)
  const client = await box.refused(
    create,
    migration('2_x', ['1_create'], {
      ...{ do: 'change-field', collection: 'people', field: 'age', definition: text },
      using: { client: true },
    }),
  )
  assert.match(client.hint!, /online: true/)
})

test('an online migration goes on as a change, those after it wait, and it is taken back with its values', async t => {
  const box = await migrationServer({ after: work => t.after(work) })
  await box.up(create)
  await box.run(`insert into @people (name, age) select 'p' || n, n::text from generate_series(1, 50) n`)
  const online = migration('2_age', ['1_create'], {
    ...{ do: 'change-field', collection: 'people', field: 'age', definition: { type: 'integer' } },
    using: { cel: 'int(doc.age)' },
    online: true,
  })
  const after = { ...addNote, name: '3_note', parents: ['2_age'] }
  const begun = await box.up(create, online, after)
  assert.deepEqual([begun.applied, begun.running?.name], [[], '2_age'])
  let states: string[]
  do {
    states = (await box.status()).applied.map(({ state }) => state)
  } while (states.includes('running'))
  assert.deepEqual(states, ['applied', 'applied'])
  assert.deepEqual((await box.status()).drift, [])
  const { applied } = await box.up(create, online, after)
  assert.deepEqual(
    applied.map(({ name }) => name),
    ['3_note'],
  )
  assert.deepEqual(await box.run(`select age from @people where name = 'p7'`), [{ age: '7' }])
  assert.deepEqual(await box.down(2), ['3_note', '2_age'])
  const { fields } = (
    await box.ask<{ collections: { name: string; fields: object }[] }>('GET', '/schema')
  ).collections.find(({ name }) => name === 'people')!
  assert.deepEqual(fields, { name: text, age: text })
  assert.deepEqual(await box.run(`select age from @people where name = 'p7'`), [{ age: '7' }])
})

test('what comes after a migration that is under way is planned as if it were done', async t => {
  const box = await migrationServer({ after: work => t.after(work) })
  await box.up(create)
  await box.run(`insert into @people (name, age) values ('ada', '7'), ('bob', '7')`)
  const online = migration('2_index', ['1_create'], {
    ...{ do: 'add-index', collection: 'people', definition: { fields: ['age'], unique: true } },
    online: true,
  })
  const after = migration('3_drop', ['2_index'], {
    ...{ do: 'drop-index', collection: 'people', index: 'age.key' },
  })
  const { running } = await box.up(create, online, after)
  let change: { state: string }
  do change = await box.ask('GET', `/schema/changes/${running!.change}`)
  while (change.state === 'running')
  assert.equal(change.state, 'failed')
  const migrations = [create, online, after]
  const plan = await box.ask<MigrationsPlan>('POST', '/schema/migrations/plan', {
    migrations,
    rehearse: true,
  })
  assert.deepEqual(plan.problems, [])
  assert.deepEqual(
    plan.migrations.map(({ state, steps }) => [state, steps.length]),
    [
      ['applied', 0],
      ['failed', 0],
      ['pending', 1],
    ],
  )
})
