import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient, type ClientOptions, type Snapshot } from '../client.ts'
import { startRefusingProxy } from '../testing/refusing-proxy.ts'
import { startTodos, type Todo } from '../testing/todos.ts'

interface Schema {
  todos: Todo
}

async function scene(t: TestContext, options: ClientOptions = {}) {
  const { server, admin } = await startTodos(t)
  const proxy = await startRefusingProxy(t, server.environmentUrl)
  const box = createClient<Schema>(proxy.url, server.publishableKey, options)
  t.after(() => box.close())
  return { server, admin, proxy, box }
}

/** Waits for what snapshots make true. */
async function until(isTrue: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 60_000
  while (!isTrue()) {
    assert.ok(Date.now() < end, `waited in vain until ${what}`)
    await delay(5)
  }
}

const titles = (shot: Snapshot<Todo> | undefined) => shot?.data.map(todo => todo.title).sort()

test('where WebSockets are refused, live queries come as events after two attempts', async t => {
  const { admin, proxy, box } = await scene(t)
  await admin.collection('todos').insert({ title: 'a' }).orThrow()
  let last: Snapshot<Todo> | undefined
  box.collection('todos').subscribe(snapshot => (last = snapshot))
  await until(() => titles(last)?.length === 1, 'the answer is there')
  assert.equal(proxy.refused(), 2)
  assert.equal(proxy.streams(), 1)
  await admin.collection('todos').insert({ title: 'b' }).orThrow()
  await until(() => titles(last)?.length === 2, 'the change is there')
  assert.equal(last!.meta.status, 'live')
})

test('subscriptions of one tick are one request, and those that go on are not read again', async t => {
  const { admin, proxy, box } = await scene(t, { transport: 'sse' })
  await admin.collection('todos').insert({ title: 'a' }).orThrow()
  const shots: Snapshot<Todo>[] = []
  const heard: Snapshot<Todo>[] = []
  box.collection('todos').subscribe(snapshot => void shots.push(snapshot))
  const stop = box
    .collection('todos')
    .eq('done', false)
    .subscribe(snapshot => void heard.push(snapshot))
  await until(() => shots.length === 1 && heard.length === 1, 'both answers are there')
  assert.equal(proxy.streams(), 1)
  assert.equal(proxy.refused(), 0)

  stop()
  const ordered: Snapshot<Todo>[] = []
  box
    .collection('todos')
    .order('title')
    .limit(5)
    .subscribe(snapshot => void ordered.push(snapshot))
  await until(() => ordered.length === 1, 'the new answer is there')
  assert.equal(proxy.streams(), 2, 'one request for one change of the set')
  await admin.collection('todos').insert({ title: 'b' }).orThrow()
  await until(() => shots.length === 2 && ordered.length === 2, 'the change is there')
  assert.deepEqual(
    shots.map(({ changes }) => changes.length),
    [1, 1],
    'nothing was told twice',
  )
  assert.equal(heard.length, 1, 'who has left hears nothing')
})

test('a wrong key is told, a token can change', async t => {
  const { server, admin, proxy, box } = await scene(t, { transport: 'sse' })
  const wrong = createClient<Schema>(proxy.url, 'cb_pub_wrong', { transport: 'sse' })
  t.after(() => wrong.close())
  const code = await new Promise(told =>
    wrong.collection('todos').subscribe({ error: error => told(error.code) }),
  )
  assert.equal(code, 'platform/key-invalid')

  await admin
    .collection('todos')
    .insert([{ title: 'all' }, { title: 'ann', owner: 'ann' }])
    .orThrow()
  let last: Snapshot<Todo> | undefined
  box.collection('todos').subscribe(snapshot => (last = snapshot))
  await until(() => last?.data.length === 1, 'what everybody sees')
  box.setToken(await server.token('ann'))
  await until(() => last?.data.length === 2, 'and what ann sees')
  box.setToken(null)
  await until(() => last?.data.length === 1, 'and without her')
})

test('R8 R17 cut at random places while others write, the state is that of a fresh query', async t => {
  const { admin, proxy, box } = await scene(t, { transport: 'sse' })
  const last = new Map<string, Snapshot<Todo>>()
  const seen = new Set<string>()
  box.collection('todos').subscribe(snapshot => {
    last.set('all', snapshot)
    // One callback for each commit, in their order.
    assert.ok(!seen.has(snapshot.meta.lsn) || snapshot.changes.length === 0, 'nothing is told twice')
    seen.add(snapshot.meta.lsn)
  })
  box
    .collection('todos')
    .order('priority')
    .limit(7)
    .subscribe(snapshot => void last.set('first', snapshot))
  let isWriting = true
  const writer = async (name: string) => {
    for (let i = 0; isWriting; i++) {
      const todo = admin.collection('todos')
      await todo.insert({ title: `${name}${i}`, priority: Math.floor(Math.random() * 100) }).orThrow()
      if (i % 3 === 0) await todo.eq('title', `${name}${i - 2}`).delete()
      if (i % 4 === 0) await todo.eq('title', `${name}${i - 1}`).update({ done: true })
    }
  }
  const writing = [writer('x'), writer('y')]
  for (let i = 0; i < 12; i++) {
    await until(() => last.get('all')?.meta.status === 'live', 'it is back')
    await delay(Math.random() * 60)
    proxy.cut()
    await until(() => last.get('all')?.meta.status === 'stale', 'it is cut')
  }
  isWriting = false
  await Promise.all(writing)
  const all: Todo[] = []
  for await (const page of admin.collection('todos').limit(1000).pages()) all.push(...page.data)
  const { data: first } = await admin.collection('todos').order('priority').limit(7).orThrow()
  await until(() => {
    const [mine, window] = [last.get('all'), last.get('first')]
    if (mine?.meta.status !== 'live' || window?.meta.status !== 'live') return false
    const byId = (rows: readonly Todo[]) => JSON.stringify([...rows].sort((a, b) => (a.id < b.id ? -1 : 1)))
    return byId(mine.data) === byId(all) && JSON.stringify(window.data) === JSON.stringify(first)
  }, 'both are what a fresh query answers')
  assert.ok(proxy.streams() > 10, `${proxy.streams()} streams`)
})

for (const transport of ['websocket', 'sse'] as const) {
  test(`R18 a subscription explains itself over ${transport}`, async t => {
    const { server, admin } = await startTodos(t)
    const box = createClient<Schema>(server.environmentUrl, server.publishableKey, { transport })
    t.after(() => box.close())
    const shots: Snapshot<Todo>[] = []
    const stop = box
      .collection('todos')
      .eq('done', false)
      .subscribe(snapshot => void shots.push(snapshot))
    await until(() => shots.length === 1, 'it is live')
    await admin.collection('todos').insert({ title: 'done', done: true }).orThrow()
    await admin.collection('todos').insert({ title: 'of ann', owner: 'ann' }).orThrow()
    await admin.collection('todos').insert({ title: 'open' }).orThrow()
    await until(() => shots.length === 2, 'the change is there')
    const { decisions, state } = await stop.explain()
    assert.deepEqual(
      decisions.map(({ outcome, fate }) => `${outcome}, ${fate}`),
      ['not matched, nothing to send', 'hidden by policy, nothing to send', 'enter, sent'],
    )
    assert.equal(state.mode, 'rows')
    const asked = stop.explain()
    stop()
    await assert.rejects(asked, { code: 'client/unsubscribed' })
    await assert.rejects(stop.explain(), { code: 'client/unsubscribed' })
  })
}
