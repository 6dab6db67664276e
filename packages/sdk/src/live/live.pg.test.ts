import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Snapshot } from '../client.ts'
import { createQueue } from '../testing/peer.ts'
import { five, startTodos, type Todo } from '../testing/todos.ts'

/** What a listener hears, and a way to wait until it shows something. */
function listen(query: { subscribe(listener: (snapshot: Snapshot<Todo>) => void): () => void }) {
  const heard = createQueue<Snapshot<Todo>>()
  const stop = query.subscribe(heard.put)
  const titles = (snapshot: Snapshot<Todo>) => snapshot.data.map(todo => todo.title)
  return {
    stop,
    next: heard.take,
    async until(...expected: string[]): Promise<Snapshot<Todo>> {
      for (;;) {
        const snapshot = await heard.take()
        if (JSON.stringify(titles(snapshot)) === JSON.stringify(expected)) return snapshot
      }
    },
  }
}

suite('live queries on a real server', { timeout: 60_000 }, () => {
  test('a list follows inserts, edits that move documents in and out, and deletes', async t => {
    const { admin } = await startTodos(t)
    const todos = admin.collection('todos')
    await todos.insert(five, { return: 'minimal' }).orThrow()
    const open = listen(todos.eq('done', false).order('title'))
    await open.until('F', 'a', 'c,d')
    await todos
      .insert([{ title: 'Z' }, { title: '\u{1F600}' }, { title: '\u{FFFD}' }], { return: 'minimal' })
      .orThrow()
    const added = await open.until('F', 'Z', 'a', 'c,d', '\u{FFFD}', '\u{1F600}')
    assert.deepEqual(
      added.changes.map(change => change.type),
      ['added', 'added', 'added'],
      'one commit, one call',
    )
    await todos.eq('title', 'a').update({ done: true }).orThrow()
    await open.until('F', 'Z', 'c,d', '\u{FFFD}', '\u{1F600}')
    await todos.gt('title', 'c').delete().orThrow()
    await open.until('F', 'Z')
    open.stop()
  })

  test('a window stays full and as long as its limit', async t => {
    const { admin } = await startTodos(t)
    const todos = admin.collection('todos')
    await todos.insert(five, { return: 'minimal' }).orThrow()
    const top = listen(todos.order('priority', { ascending: false }).neq('priority', null).limit(2))
    await top.until('F', 'say "e"')
    await todos.insert({ title: 'top', priority: 99 }).orThrow()
    await top.until('top', 'F')
    await todos.in('title', ['top', 'F']).delete().orThrow()
    await top.until('say "e"', 'b')
  })

  test('a row arrives as a list would answer it', async t => {
    const { admin } = await startTodos(t)
    const live = listen(admin.collection('todos'))
    await live.until()
    const { data } = await admin
      .collection('todos')
      .insert({ title: 'x', tags: ['a'] })
      .orThrow()
    const snapshot = await live.until('x')
    assert.deepEqual(snapshot.data, [data])
  })

  test('one document, and iteration', async t => {
    const { admin } = await startTodos(t)
    const { data } = await admin.collection('todos').insert({ title: 'x' }).orThrow()
    const titles: (string | undefined)[] = []
    for await (const snapshot of admin.doc('todos', data.id).live()) {
      titles.push(snapshot.data?.title)
      if (titles.length === 1) await admin.doc('todos', data.id).update({ title: 'y' }).orThrow()
      if (titles.length === 2) await admin.doc('todos', data.id).delete().orThrow()
      if (snapshot.data === null) break
    }
    assert.deepEqual(titles, ['x', 'y', undefined])
  })

  test('a restarted server is found again and nothing is missed', async t => {
    const { server, admin } = await startTodos(t)
    const live = listen(admin.collection('todos').order('title'))
    await live.until()
    await admin.collection('todos').insert({ title: 'before' }).orThrow()
    await live.until('before')
    await server.restart()
    await admin.collection('todos').insert({ title: 'after' }).orThrow()
    await live.until('after', 'before')
  })

  test('another user sees another result', async t => {
    const { server, visitor, admin } = await startTodos(t)
    await admin
      .collection('todos')
      .insert([{ title: 'all' }, { title: 'adas', owner: 'ada' }], { return: 'minimal' })
      .orThrow()
    const live = listen(visitor.collection('todos').order('title'))
    await live.until('all')
    visitor.setToken(await server.token('ada'))
    await live.until('adas', 'all')
    visitor.setToken(null)
    await live.until('all')
  })

  test('a query that cannot be live is refused with the reason', async t => {
    const { admin } = await startTodos(t)
    const error = await new Promise<{ code: string }>(resolve => {
      admin.collection('todos').eq('nothing.here', 1).subscribe({ error: resolve })
    })
    assert.match(error.code, /^(data|realtime)\//)
  })

  test('a write is shown where it is said to be, coalesced or not', async t => {
    const { admin } = await startTodos(t)
    const todos = admin.collection('todos')
    const shown: string[][] = []
    const hear = ({ data }: Snapshot<Todo>) => void shown.push(data.map(todo => todo.title))
    const stop = todos.order('title').subscribe(hear, { coalesce: 100 })
    for (const title of ['a', 'b', 'c']) {
      const write = await todos.insert({ title }).orThrow()
      await write.committedTo(stop)
      assert.ok(shown.at(-1)?.includes(title), `${title} is shown`)
    }
    const none = await todos.eq('title', 'nobody').update({ done: true })
    await none.committedTo(stop)
    stop()
  })
})
