import assert from 'node:assert/strict'
import { test } from 'node:test'
import { append, increment, remove, serverTime, union } from './client.ts'
import { startTodos } from './testing/todos.ts'

test('a batch gives what each write alone would give', async t => {
  const { admin } = await startTodos(t)
  const todos = admin.collection('todos')
  const kept = await todos.insert({ title: 'kept', priority: 1, tags: ['a'] }).orThrow()
  const ref = admin.doc('todos', kept.data.id)
  const { data, commit } = await admin
    .batch([
      todos.insert({ title: 'one' }),
      todos.insert([{ title: 'two' }, { title: 'three' }], { return: 'minimal' }),
      ref.update({ priority: increment(2), tags: append('b', 'c') }, { ifUnchanged: kept.data }),
      todos.upsert({ title: 'one', done: true }, { onConflict: 'title' }),
      todos.in('title', ['two', 'three']).delete().select('title'),
      todos.eq('title', 'one').update({ priority: 7 }).single(),
      ref.check({ where: 'doc.priority == 3' }),
      admin.doc('todos', '0198c0de-0000-7000-8000-000000000001').set({ title: 'set' }),
    ])
    .orThrow()
  assert.match(commit ?? '', /^\d+$/)
  // Each has the type its write has.
  const [one, none, updated, upserted, deleted, single, checked, set] = data
  assert.deepEqual([one.title, none, checked], ['one', null, null])
  assert.deepEqual([updated.priority, updated.tags], [3, ['a', 'b', 'c']])
  assert.deepEqual([upserted.id, upserted.done, single.priority], [one.id, true, 7])
  assert.deepEqual(deleted.map(({ title }) => title).toSorted(), ['three', 'two'])
  assert.equal(set.title, 'set')
})

test('a batch that fails says where, and writes nothing', async t => {
  const { admin } = await startTodos(t)
  const todos = admin.collection('todos')
  const kept = await todos.insert({ title: 'kept' }).orThrow()
  await admin.doc('todos', kept.data.id).update({ done: true }).orThrow()
  const { error, data } = await admin.batch([
    todos.insert({ title: 'never' }),
    admin.doc('todos', kept.data.id).update({ done: false }, { ifUnchanged: kept.data }),
  ])
  assert.deepEqual(
    [data, error?.code, error?.details[0]?.at],
    [null, 'data/changed-meanwhile', '/operations/1'],
  )
  assert.equal((await todos.eq('title', 'never')).data?.length, 0)
  assert.equal((await admin.batch([todos.limit(1)])).error?.code, 'client/not-a-write')
})

test('a write may rely on the version it has read', async t => {
  const { admin } = await startTodos(t)
  const { data: first } = await admin.collection('todos').insert({ title: 'a' }).orThrow()
  const ref = admin.doc('todos', first.id)
  const { data: second } = await ref.update({ title: 'b' }, { ifUnchanged: first }).orThrow()
  assert.equal(
    (await ref.update({ title: 'c' }, { ifUnchanged: first })).error?.code,
    'data/changed-meanwhile',
  )
  assert.equal((await ref.delete({ ifMatch: first.updatedAt })).error?.code, 'data/changed-meanwhile')
  assert.equal((await ref.delete({ ifUnchanged: second })).error, null)
})

test('operators, and a write that is sent twice under one key', async t => {
  const { admin } = await startTodos(t)
  const { data: todo } = await admin
    .collection('todos')
    .insert({ title: 'a', priority: increment(2), tags: union('x', 'x') })
    .orThrow()
  assert.deepEqual([todo.priority, todo.tags], [2, ['x']])
  const ref = admin.doc('todos', todo.id)
  const change = { priority: increment(), tags: remove('x') }
  const once = ref.update(change, { idempotencyKey: 'k-1' })
  const [first, second] = [await once, await once]
  assert.deepEqual(second.data, first.data)
  assert.deepEqual([(await ref.get()).data?.priority, (await ref.get()).data?.tags], [3, []])
  assert.deepEqual(serverTime(), { $now: true })
  const many = await admin.collection('todos').where('true').delete({ maxAffected: 0 })
  assert.equal(many.error?.code, 'data/too-many-affected')
})
