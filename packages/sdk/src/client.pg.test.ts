import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { count, max, sum } from './client.ts'
import { five, startTodos } from './testing/todos.ts'

suite('documents on a real server', () => {
  test('filters, order, pages and count', async t => {
    const { admin } = await startTodos(t)
    await admin.collection('todos').insert(five, { return: 'minimal' }).orThrow()
    const todos = admin.collection('todos').order('title')
    const titles = async (query: typeof todos) => (await query.orThrow()).data.map(todo => todo.title)

    assert.deepEqual(await titles(todos.in('title', ['c,d', 'say "e"', 'null', ''])), ['c,d', 'say "e"'])
    assert.deepEqual(await titles(todos.eq('title', 'say "e"')), ['say "e"'])
    assert.deepEqual(await titles(todos.eq('priority', null)), ['c,d'])
    assert.deepEqual(await titles(todos.neq('priority', null).gt('priority', 0).lte('priority', 3)), [
      'b',
      'say "e"',
    ])
    assert.deepEqual(await titles(todos.contains('tags', ['all ours', 't1'])), ['b'])
    assert.deepEqual(await titles(todos.containedBy('tags', [])), ['a'])
    assert.deepEqual(await titles(todos.overlaps('tags', ['t1', 't2'])), ['b', 'c,d'])
    assert.deepEqual(await titles(todos.not('title', 'in', ['a', 'b']).ilike('title', 'f%')), ['F'])
    assert.deepEqual(await titles(todos.or('title.eq.a,priority.gte.4')), ['F', 'a'])
    assert.deepEqual(await titles(todos.where('doc.priority > 0').where('doc.done == false')), ['F'])
    assert.deepEqual(await titles(todos.where('tags', 'array-contains', 't1').where('done', '==', true)), [
      'b',
    ])

    const pages: string[][] = []
    for await (const page of todos.limit(2).pages()) pages.push(page.data.map(todo => todo.title))
    assert.deepEqual(pages, [['F', 'a'], ['b', 'c,d'], ['say "e"']])
    assert.equal((await todos.count('exact').limit(1)).count, 5)
    assert.deepEqual(Object.keys((await todos.select('title,done').first().orThrow()).data ?? {}), [
      'title',
      'done',
    ])
  })

  test('sums by groups', async t => {
    const { admin } = await startTodos(t)
    await admin.collection('todos').insert(five, { return: 'minimal' }).orThrow()
    const { data, count: groups } = await admin
      .collection('todos')
      .not('priority', 'is', null)
      .aggregate({ n: count(), total: sum('priority'), last: max<string>('title') })
      .groupBy('done')
      .having('n', 'gt', 0)
      .having('last', 'neq', 'a,(b)')
      .order('total', { ascending: false })
      .count()
      .orThrow()
    const totals: (number | null)[] = data.map(({ total }) => total)
    const expected = [false, true].map(done => {
      const own = five.filter(todo => todo.priority != null && (todo.done ?? false) === done)
      return { done, n: own.length, total: own.reduce((all, todo) => all + todo.priority!, 0) }
    })
    assert.deepEqual(
      data.map(({ done, n, total }) => ({ done, n, total })),
      expected.filter(({ n }) => n > 0).sort((a, b) => b.total - a.total),
    )
    assert.equal(groups, totals.length)
    const wrong = await admin.collection('todos').aggregate({ x: sum('title') })
    assert.equal(wrong.error?.code, 'data/invalid-query')
  })

  test('streams every document, and rejects when it cannot', async t => {
    const { admin } = await startTodos(t)
    const many = Array.from({ length: 2500 }, (_, i) => ({ title: String(i), priority: i }))
    await admin.collection('todos').insert(many, { return: 'minimal' }).orThrow()
    const found: (number | null)[] = []
    for await (const { priority } of admin.collection('todos').select('priority').order('priority').stream())
      found.push(priority)
    assert.deepEqual(
      found,
      many.map(({ priority }) => priority),
    )
    for await (const { title } of admin.collection('todos').order('priority').stream()) {
      assert.equal(title, '0')
      break
    }
    const refused = admin.collection('todos').order('nothing->>here').stream()
    await assert.rejects(refused.next(), { code: 'data/invalid-query' })
  })

  test('writes give back what was written', async t => {
    const { admin } = await startTodos(t)
    const todos = admin.collection('todos')
    const one = await todos.insert({ title: 'Milk' }).orThrow()
    assert.equal(one.data.done, false)
    assert.ok(one.commit)
    const again = await todos.insert({ title: 'Milk' })
    assert.equal(again.error?.code, 'data/conflict')
    const merged = await todos.upsert({ title: 'Milk', priority: 9 }, { onConflict: 'title' }).orThrow()
    assert.deepEqual([merged.data.id, merged.data.priority], [one.data.id, 9])
    assert.equal(
      (await todos.eq('id', one.data.id).update({ done: true }).single().orThrow()).data.done,
      true,
    )
    const ref = admin.doc('todos', one.data.id)
    assert.equal((await ref.update({ priority: 1 }).orThrow()).data.priority, 1)
    assert.equal((await ref.delete().orThrow()).data.title, 'Milk')
    assert.deepEqual((await ref.get().orThrow()).data, null)
    assert.equal((await ref.set({ title: 'Oat milk' }).orThrow()).data.id, one.data.id)
    assert.equal((await todos.delete()).error?.code, 'data/filter-needed')
    assert.equal((await todos.where('true').delete().orThrow()).data.length, 1)
  })

  test('policies see who speaks', async t => {
    const { server, visitor } = await startTodos(t)
    const refused = await visitor.collection('todos').insert({ title: 'x' })
    assert.equal(refused.error?.code, 'data/not-allowed')
    visitor.setToken(await server.token('ada'))
    assert.equal((await visitor.collection('todos').insert({ title: 'x' }).orThrow()).data.owner, 'ada')
    visitor.setToken(await server.token('bob'))
    const nothing = await visitor.collection('todos').orThrow()
    assert.deepEqual(nothing.data, [])
    assert.match(nothing.policy ?? '', /1/, 'a dev environment says what hid them')
  })
})
