import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sql } from '../../../kernel/sql.ts'
import { arbitraryStructure } from '../testing/arbitrary-structure.ts'
import { catalogOf, differences } from '../testing/catalog-of.ts'
import { become, everything, problemOf } from '../testing/plan-environment.ts'
import { testEnvironment } from '../testing/test-environment.ts'
import { applyStructure } from './apply-structure.ts'
import { exportStructure } from './export-structure.ts'
import { planStructure } from './plan-structure.ts'
import { undoStructure } from './undo-structure.ts'

test('whatever two structures are, the database holds the second one once the plan was applied', async t => {
  const env = await testEnvironment(t)
  const reference = await env.another('reference')
  await fc.assert(
    fc.asyncProperty(arbitraryStructure, async wanted => {
      await become(env, wanted)
      await become(env, [], { environment: reference })
      await become(env, wanted, { environment: reference })
      const { collections } = await exportStructure(env.db, env.environment)
      assert.deepEqual(planStructure(collections, wanted), [])
      assert.deepEqual(
        differences(await catalogOf(env.db, env.environment), await catalogOf(env.db, reference)),
        [],
      )
    }),
    { numRuns: 40 },
  )
})

const todos = {
  name: 'todos',
  fields: { title: { type: 'text' }, old: { type: 'text' }, size: { type: 'text' } },
  policies: { list: 'doc.title == auth.uid' },
} as const

test('a step that fails leaves everything as it was, the trash as well, and is named', async t => {
  const env = await testEnvironment(t)
  await env.create(todos)
  await env.run(`insert into @todos (title, old, size) values ('a', 'x', 'large')`)
  const start = await everything(env)
  const problem = await problemOf(
    become(env, [
      { name: 'first', fields: {} },
      { name: 'todos', fields: { title: { type: 'text' }, size: { type: 'integer' } } },
    ]),
  )
  assert.equal(problem.code, 'data/data-does-not-fit')
  assert.match(problem.message, /^Step 3 \(Change field size of todos.*1 document does not fit/)
  assert.deepEqual(
    problem.errors!.map(({ at }) => at),
    ['/steps/2/fields/size/type'],
  )
  assert.deepEqual(await everything(env), start)
  assert.deepEqual(await env.run('select * from @data_trash'), [])
  assert.deepEqual(await env.run('select * from @data_structure_plans'), [])
  const tables = await env.db.query(sql`select relname from pg_class where relname ~ '^data_trash_[0-9]'`)
  assert.deepEqual(tables, [])
})

test('a structure that cannot be is refused before anything is made', async t => {
  const env = await testEnvironment(t)
  await env.create(todos)
  const problem = await problemOf(
    become(env, [
      { name: 'first', fields: {} },
      { ...todos, policies: { list: 'doc.titel == auth.uid' } },
    ]),
  )
  assert.equal(problem.code, 'policy/invalid-expression')
  assert.match(problem.message, /^Step 2 \(Change the policy for list of todos\)/)
  assert.match(problem.errors![0]!.hint!, /title/)
})

test('a connection that is lost in the middle leaves everything as it was', async t => {
  const env = await testEnvironment(t)
  await env.create(todos)
  await env.run(`insert into @todos (title, old) values ('a', 'x')`)
  const start = await everything(env)
  const killed = become(env, [{ name: 'first', fields: {} }], {
    record: async tx => void (await tx.query(sql`select pg_terminate_backend(pg_backend_pid())`)),
  })
  await assert.rejects(killed)
  assert.deepEqual(await everything(env), start)
  assert.deepEqual(await env.run('select * from @data_trash'), [])
})

test('what else is written with a plan is there with it, or not at all', async t => {
  const env = await testEnvironment(t)
  await env.run('create table @notes (plan text)')
  const note = `insert into "${env.environment.schema}".notes select id::text from "${env.environment.schema}".data_structure_plans`
  const { id } = await become(env, [todos], { record: tx => tx.script(note) })
  assert.deepEqual(await env.run('select plan from @notes'), [{ plan: id }])
  const refused = become(env, [], {
    record: async tx => {
      await tx.script(note)
      throw new Error('no')
    },
  })
  await assert.rejects(refused, { message: 'no' })
  assert.equal((await env.run('select from @notes')).length, 1)
  assert.deepEqual(await env.run('select from @data_trash'), [])
})

test('a plan for a structure that has changed meanwhile is refused', async t => {
  const env = await testEnvironment(t)
  await env.create(todos)
  const { collections, versions } = await exportStructure(env.db, env.environment)
  const steps = planStructure(collections, [])
  await env.change('todos', { policies: { get: 'doc.title == auth.uid' } })
  const problem = await problemOf(applyStructure(env.deps, env.environment, { steps, versions }))
  assert.equal(problem.code, 'data/structure-changed')
  assert.match(problem.message, /todos/)
  const now = await exportStructure(env.db, env.environment)
  const unfit = await problemOf(applyStructure(env.deps, env.environment, { steps, versions: now.versions }))
  assert.equal(unfit.code, 'data/invalid-plan')
})

test('writers who go on meanwhile lose nothing', async t => {
  const env = await testEnvironment(t)
  await env.create(todos)
  const written: { title: string; old: string }[] = []
  let isOver = false
  const write = async (writer: number): Promise<void> => {
    for (let n = 0; !isOver; n++) {
      const row = { title: `${writer}-${n}`, old: `old ${n}` }
      try {
        await env.run(`insert into @todos (title, old) values ('${row.title}', '${row.old}')`)
        written.push(row)
      } catch (error) {
        // The field is gone: from here on nobody writes it.
        assert.equal((error as { code: string }).code, '42703')
        return
      }
    }
  }
  const writers = [1, 2, 3].map(write)
  while (written.length < 30) await env.run('select 1')
  const { id } = await become(env, [
    {
      name: 'todos',
      fields: { title: { type: 'text' }, size: { type: 'integer' } },
      indexes: [{ fields: ['title'] }],
    },
  ])
  isOver = true
  await Promise.all(writers)
  await undoStructure(env.deps, env.environment, id)
  const rows = await env.run('select title, old from @todos')
  const byTitle = (a: { title: string }, b: { title: string }) => (a.title < b.title ? -1 : 1)
  assert.deepEqual((rows as typeof written).toSorted(byTitle), written.toSorted(byTitle))
})
