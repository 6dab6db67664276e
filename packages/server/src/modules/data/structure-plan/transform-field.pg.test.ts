import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import type { Transform } from '@cloudbox/protocol/schema'
import { silentLog } from '../../../testing/test-cluster.ts'
import { become, everything, problemOf } from '../testing/plan-environment.ts'
import { testEnvironment, type TestEnvironment } from '../testing/test-environment.ts'
import { applyStructure } from './apply-structure.ts'
import { describeStep } from './describe-step.ts'
import { exportStructure } from './export-structure.ts'
import { planStructure } from './plan-structure.ts'
import { rehearse } from './rehearse.ts'
import { undoStructure } from './undo-structure.ts'

const people = (age: FieldDefinition): CollectionDefinition => ({
  name: 'people',
  fields: { name: { type: 'text' }, age, shout: { type: 'text', computed: "doc.name + '!'" } },
})

async function filled(env: TestEnvironment, ...ages: readonly (string | null)[]) {
  await env.create(people({ type: 'text' }))
  for (const [n, age] of ages.entries())
    await env.run(
      `insert into @people (id, name, age) values ('0198c0de-0000-7000-8000-00000000000${n}', 'p${n}', ${age === null ? 'null' : `'${age}'`})`,
    )
}

const change = (env: TestEnvironment, using: Transform, age: FieldDefinition = { type: 'integer' }) =>
  become(env, [people(age)], { using: { 'people.age': using } })

const ages = async (env: TestEnvironment) =>
  (await env.run('select age from @people order by name')).map(({ age }) => age)

for (const [language, using] of [
  ['CEL', { cel: `doc.age == '' || doc.age == 'unknown' ? null : int(doc.age)` }],
  ['SQL', { sql: `nullif(nullif(age, ''), 'unknown')::bigint` }],
] as const) {
  test(`a field changes by a transform in ${language}, and undoing brings back what was written`, async t => {
    const env = await testEnvironment(t)
    await filled(env, '07', '41', '', 'unknown', null)
    const start = await everything(env)
    const { id, steps } = await change(env, using)
    assert.match(
      steps[0]!.sentence,
      /type text becomes integer and its values become .*; its old values move/,
    )
    assert.equal(steps[0]!.isDestructive, true)
    assert.deepEqual(await ages(env), ['7', '41', null, null, null])
    await undoStructure(env.deps, env.environment, id)
    assert.deepEqual(await everything(env), start)

    const again = await change(env, using)
    await env.run(`update @people set age = 42 where name = 'p1'`)
    await env.run(`insert into @people (name, age) values ('p9', 9)`)
    await undoStructure(env.deps, env.environment, again.id)
    assert.deepEqual(await ages(env), ['07', '42', '', 'unknown', null, '9'])
  })
}

test('values without a counterpart are told with their documents, and nothing is done', async t => {
  const env = await testEnvironment(t)
  await filled(env, '1', 'large', 'x', null)
  const start = await everything(env)
  for (const using of [{ cel: 'int(doc.age)' }, { sql: 'age::bigint' }]) {
    const problem = await problemOf(change(env, using))
    assert.equal(problem.code, 'schema/values-lost')
    assert.match(
      problem.message,
      /^Step 1 .*people: age would lose values: 2 documents do not fit the transform/,
    )
    assert.deepEqual(
      problem.errors!.map(({ at, message }) => [at, message.replace(/ \(.*/, '')]),
      [
        ['/steps/0/fields/age/using', 'document 0198c0de-0000-7000-8000-000000000001: "large"'],
        ['/steps/0/fields/age/using', 'document 0198c0de-0000-7000-8000-000000000002: "x"'],
      ],
    )
    assert.deepEqual(await everything(env), start)
    assert.deepEqual(await env.run('select from @data_trash'), [])
  }
})

test('a plain cast that fails names documents as well, applied and rehearsed', async t => {
  const env = await testEnvironment(t)
  await filled(env, '1', 'large')
  const wanted = [people({ type: 'integer' })]
  const problem = await problemOf(become(env, wanted))
  const { collections } = await exportStructure(env.db, env.environment)
  const { failure } = await rehearse(
    { db: env.db, log: silentLog },
    env.environment,
    planStructure(collections, wanted),
  )
  for (const { code, errors } of [problem, failure!]) {
    assert.equal(code, 'data/data-does-not-fit')
    assert.match(errors![0]!.message, /1 document does not fit \(0198c0de-0000-7000-8000-000000000001\)$/)
  }
})

test('a rehearsal tells what a transform would do and what it would lose', async t => {
  const env = await testEnvironment(t)
  await filled(env, '1', '2', 'x')
  const start = await everything(env)
  const { collections } = await exportStructure(env.db, env.environment)
  const tried = (using: Transform) =>
    rehearse(
      { db: env.db, log: silentLog },
      env.environment,
      planStructure(collections, [people({ type: 'integer' })], {}, { 'people.age': using }),
    )
  const lost = await tried({ cel: 'int(doc.age)' })
  assert.equal(lost.failure?.code, 'schema/values-lost')
  assert.match(lost.failure!.errors![0]!.message, /"x"/)
  const good = await tried({ sql: `length(age)` })
  assert.equal(good.failure, undefined)
  assert.deepEqual(
    good.steps.map(({ isRewrite, rows }) => [isRewrite, rows]),
    [[true, 3]],
  )
  assert.deepEqual(await everything(env), start)
})

test('values change under a definition that stays, and come back', async t => {
  const env = await testEnvironment(t)
  await filled(env, 'Ann', 'BOB', null)
  const start = await everything(env)
  const { collections, versions } = await exportStructure(env.db, env.environment)
  const age: FieldDefinition = { type: 'text' }
  const step = describeStep({
    ...{ kind: 'change-field', collection: 'people', field: 'age', before: age, after: age },
    using: { sql: 'lower(age)' },
  })
  assert.equal(collections.length, 1)
  const { id } = await applyStructure(env.deps, env.environment, { steps: [step], versions })
  assert.deepEqual(await ages(env), ['ann', 'bob', null])
  await env.run(`update @people set age = 'cy' where name = 'p2'`)
  await undoStructure(env.deps, env.environment, id)
  assert.deepEqual(await ages(env), ['Ann', 'BOB', 'cy'])
  await env.run(`update @people set age = null where name = 'p2'`)
  assert.equal((await everything(env)).definitions, start.definitions)
})

test('a transform goes where no conversion would, with the constraints of the new definition', async t => {
  const env = await testEnvironment(t)
  await filled(env, 'y', 'n')
  await change(env, { cel: `doc.age == 'y'` }, { type: 'boolean', required: true })
  assert.deepEqual(await ages(env), [true, false])
  await change(
    env,
    { sql: `case when age then 'yes' else 'no' end` },
    { type: 'select', options: ['yes', 'no'], unique: true },
  )
  assert.deepEqual(await ages(env), ['yes', 'no'])
  const unfit = await problemOf(
    change(env, { sql: `age || '!'` }, { type: 'select', options: ['yes', 'no'] }),
  )
  assert.equal(unfit.code, 'data/data-does-not-fit')
})

test('mistakes of a transform are told before anything is made', async t => {
  const env = await testEnvironment(t)
  await filled(env, '1')
  const at = async (using: Transform, age?: FieldDefinition) => {
    const { code, errors } = await problemOf(change(env, using, age))
    return [code, errors![0]!.at, errors![0]!.message]
  }
  assert.deepEqual(await at({ cel: 'int(doc.agee)' }), [
    'policy/invalid-expression',
    '/steps/0/fields/age/using/cel[8:12]',
    "unknown field 'agee' in doc",
  ])
  const [code, place, message] = await at({ cel: 'doc.age' })
  assert.deepEqual([code, place], ['policy/invalid-expression', '/steps/0/fields/age/using/cel[0:7]'])
  assert.match(message!, /expected int, got string/)
  assert.equal((await at({ cel: 'doc.shout' }, { type: 'text', max: 3 }))[0], 'policy/invalid-expression')
  assert.equal((await at({ client: true }))[0], 'schema/invalid-transform')
  const unused = await problemOf(
    become(env, [people({ type: 'text' })], { using: { 'people.age': { cel: 'doc.age' } } }),
  )
  assert.equal(unused.code, 'data/invalid-plan')
})
