import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Problem } from '../../../kernel/problem.ts'
import { adoptCollection } from '../collections/structure.ts'
import { systemCollections } from '../collections/system-collections.ts'
import { arbitraryStructure } from '../testing/arbitrary-structure.ts'
import { differences } from '../testing/catalog-of.ts'
import { insertText } from '../testing/random-rows.ts'
import { become, everything, problemOf } from '../testing/plan-environment.ts'
import { testEnvironment } from '../testing/test-environment.ts'
import { exportStructure } from './export-structure.ts'
import { listTrash } from './list-trash.ts'
import { sweepTrash } from './sweep-trash.ts'
import { undoStructure } from './undo-structure.ts'

test('whatever a plan does to documents, undoing it brings back structure and documents', async t => {
  const env = await testEnvironment(t)
  const counts = { applied: 0, refused: 0, rows: 0 }
  await fc.assert(
    fc.asyncProperty(arbitraryStructure, arbitraryStructure, async (before, wanted) => {
      await become(env, [])
      await become(env, before)
      for (const definition of before)
        for (let n = 0; n < 5; n++)
          await env.run(insertText(env.environment.schema, definition, n)).catch(() => {})
      const start = await everything(env)
      counts.rows += start.lines.filter(line => line.includes('"created_at":')).length
      const plan = await become(env, wanted).catch((error: unknown) => {
        if (!(error instanceof Problem)) throw error
        return undefined
      })
      counts[plan === undefined ? 'refused' : 'applied']++
      if (plan !== undefined) {
        const reached = await everything(env)
        const undone = await undoStructure(env.deps, env.environment, plan.id)
        const end = await everything(env)
        assert.deepEqual(differences(end.lines, start.lines), [])
        assert.equal(end.definitions, start.definitions)
        // An undoing is a plan like any other.
        await undoStructure(env.deps, env.environment, undone.id)
        assert.deepEqual(differences((await everything(env)).lines, reached.lines), [])
      } else {
        const end = await everything(env)
        assert.deepEqual(differences(end.lines, start.lines), [])
        assert.equal(end.definitions, start.definitions)
      }
    }),
    { numRuns: 40 },
  )
  assert.ok(counts.applied > counts.refused && counts.rows > 40, JSON.stringify(counts))
})

const todos = {
  name: 'todos',
  fields: { title: { type: 'text' }, old: { type: 'text' }, size: { type: 'text' } },
} as const

test('documents written since keep what they have in other fields, and so does what was written', async t => {
  const env = await testEnvironment(t)
  await env.create(todos)
  await env.run(
    `insert into @todos (title, old, size) values ('a', 'x', '07'), ('b', 'y', '8'), ('c', null, '9')`,
  )
  const { id } = await become(env, [
    { name: 'todos', fields: { title: { type: 'text' }, size: { type: 'integer' }, more: { type: 'text' } } },
  ])
  await env.run(`update @todos set title = 'B', size = 88, more = 'm' where title = 'b'`)
  await env.run(`insert into @todos (title, size) values ('d', 10)`)
  await env.run(`delete from @todos where title = 'c'`)
  await undoStructure(env.deps, env.environment, id)
  assert.deepEqual(await env.run('select title, old, size from @todos order by lower(title)'), [
    { title: 'a', old: 'x', size: '07' },
    { title: 'B', old: 'y', size: '88' },
    { title: 'd', old: null, size: '10' },
  ])
  // What only the plan had made is in the trash of the undoing.
  const trash = await listTrash(env.db, env.environment)
  assert.deepEqual(trash.map(({ kind, field }) => `${kind} ${field}`).toSorted(), [
    'field more',
    'field size',
  ])
})

test('a collection comes back with its documents, under names that were renamed', async t => {
  const env = await testEnvironment(t)
  await env.create({ name: 'lists', fields: { owner: { type: 'text', unique: true } } })
  await env.create({ ...todos, fields: { ...todos.fields, list: { type: 'relation', to: 'lists' } } })
  await env.run(`insert into @lists (owner) values ('ada')`)
  await env.run(`insert into @todos (title, old, list) select 'a', 'x', id from @lists`)
  const start = await everything(env)
  const { id, steps } = await become(
    env,
    [{ name: 'tasks', fields: { name: { type: 'text' }, size: { type: 'text' } } }],
    { renames: { collections: { todos: 'tasks' }, fields: { tasks: { title: 'name' } } } },
  )
  assert.equal(steps.filter(step => step.isDestructive).length, 3)
  assert.deepEqual(await env.run('select name from @tasks'), [{ name: 'a' }])
  await undoStructure(env.deps, env.environment, id)
  assert.deepEqual(await everything(env), start)
  assert.deepEqual(await listTrash(env.db, env.environment), [])
})

test('fields an author added to a system collection come back as well', async t => {
  const env = await testEnvironment(t)
  await env.run(`insert into @users (email) values ('ada@example.org')`)
  await adoptCollection(env.deps, env.environment, systemCollections.get('users')!)
  const { collections } = await exportStructure(env.db, env.environment)
  assert.deepEqual(
    collections.map(({ name, fields }) => [name, fields]),
    [['users', {}]],
  )
  const [users] = collections
  await become(env, [
    { ...users!, fields: { nick: { type: 'text' } }, policies: { get: 'doc.id == auth.uid' } },
  ])
  await env.run(`update @users set nick = 'ada'`)
  const { id } = await become(env, [users!])
  await undoStructure(env.deps, env.environment, id)
  assert.deepEqual(await env.run('select email, nick from @users'), [
    { email: 'ada@example.org', nick: 'ada' },
  ])
  const mine = { name: 'users', fields: { email: { type: 'text' } } } as const
  assert.equal((await problemOf(become(env, [mine]))).code, 'data/system-collection')
})

test('a plan is undone once, and not over what others have changed since', async t => {
  const env = await testEnvironment(t)
  await env.create(todos)
  const { id } = await become(env, [
    { name: 'todos', fields: { title: { type: 'text' } } },
    { name: 'new', fields: {} },
  ])
  await env.change('todos', { fields: { old: { type: 'integer' } } })
  const start = await everything(env)
  const conflict = await problemOf(undoStructure(env.deps, env.environment, id))
  assert.equal(conflict.code, 'data/cannot-undo')
  assert.match(conflict.message, /todos\.old is not what step \d of the plan made of it/)
  assert.deepEqual(await everything(env), start)

  await env.change('todos', { fields: { old: null, another: { type: 'text' } } })
  const undone = await undoStructure(env.deps, env.environment, id)
  const { collections } = await exportStructure(env.db, env.environment)
  assert.deepEqual(
    collections.map(({ name, fields }) => [name, Object.keys(fields)]),
    [['todos', ['title', 'old', 'size', 'another']]],
  )
  const again = await problemOf(undoStructure(env.deps, env.environment, id))
  assert.equal(again.code, 'data/cannot-undo')
  assert.match(again.hint!, new RegExp(undone.id))
  const unknown = await problemOf(undoStructure(env.deps, env.environment, 'nothing'))
  assert.equal(unknown.code, 'data/unknown-plan')
})

test('the trash is closed to everyone, and emptied when its time has come', async t => {
  const env = await testEnvironment(t)
  await env.create({ ...todos, policies: { list: 'public("a test")' } })
  await env.run(`insert into @todos (title) values ('a')`)
  const { id } = await become(env, [])
  const [item] = await listTrash(env.db, env.environment)
  assert.equal(item!.collection, 'todos')
  const { catalog } = env.deps
  assert.deepEqual([...(await catalog.collections(env.environment)).keys()], [])
  for (const name of ['data_trash', 'data_trash_1'])
    await assert.rejects(
      env.db.transaction(async tx => {
        await tx.script(`set local role "${env.environment.role}"`)
        await tx.script(`select from "${env.environment.schema}".${name}`)
      }),
      { code: '42501' },
    )
  assert.equal(await sweepTrash(env.db, env.environment), 0)
  await env.run(`update @data_trash set expires_at = now()`)
  assert.equal(await sweepTrash(env.db, env.environment), 1)
  await assert.rejects(env.run('select from @data_trash_1'), { code: '42P01' })
  assert.equal((await problemOf(undoStructure(env.deps, env.environment, id))).code, 'data/trash-expired')
})
