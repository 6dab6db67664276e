import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openTransaction } from '../../../kernel/open-transaction.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { Transaction } from '../../../kernel/stream.ts'
import { startBranchingServer } from '../../../testing/branching.ts'

const server = await startBranchingServer({ after })
const { db, kernel, environment } = server
const plan = { data: 'all', secrets: false } as const
before(() =>
  server.define(
    { name: 'debits', fields: { n: { type: 'integer' }, text: { type: 'text' } } },
    { name: 'credits', fields: { n: { type: 'integer' }, text: { type: 'text' } } },
  ),
)

const count = `select (select count(*)::int from @debits) as debits, (select count(*)::int from @credits) as credits`
type Count = { debits: number; credits: number }

test('a branch is of one moment, whoever writes meanwhile', async () => {
  let isOver = false
  const write = async () => {
    for (let n = 0; !isOver; n++)
      await db.transaction(async tx => {
        await tx.query(sql`insert into ${id(environment.schema, 'debits')} (n) values (${n})`)
        await tx.query(sql`insert into ${id(environment.schema, 'credits')} (n) values (${n})`)
      })
  }
  const writing = Promise.all([write(), write(), write()])
  const branches = await Promise.all([1, 2, 3].map(n => server.branch(`moment-${n}`)))
  isOver = true
  await writing
  for (const branch of branches) {
    const [row] = await server.run<Count>(count, branch)
    assert.equal(row!.debits, row!.credits)
  }
  const [now] = await server.run<Count>(count)
  assert.ok(now!.debits > 0)
})

test('copies of one environment do not wait for each other to begin, and all are whole', async () => {
  await server.run(`insert into @debits (n) select n from generate_series(1, 3000) n`)
  const [original] = await server.run<Count>(count)
  const branches = await Promise.all([1, 2, 3, 4].map(n => server.branch(`together-${n}`)))
  for (const branch of branches) assert.deepEqual(await server.run(count, branch), [original])
})

test('two copies into the same environment: one is made, the other refused', async () => {
  const to = await server.empty('contested')
  const outcomes = await Promise.allSettled([1, 2].map(() => kernel.copyEnvironment(environment, to, plan)))
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  const refused = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult
  assert.equal(refused.reason.code, 'data/environment-occupied')
  assert.deepEqual(await server.run(count, to), await server.run(count))
})

test('an environment that has users or collections of its own is never copied into', async () => {
  const to = await server.empty('occupied')
  await server.run(`insert into @users (email) values ('a@b.cc')`, to)
  await assert.rejects(kernel.copyEnvironment(environment, to, plan), { code: 'data/environment-occupied' })
  assert.deepEqual(await server.run('select email from @users', to), [{ email: 'a@b.cc' }])
})

test('a collection dropped, made or changed in the middle waits until the copy is done', async () => {
  await server.define({ name: 'doomed', fields: { n: { type: 'integer' } } })
  await server.run('insert into @doomed (n) values (1)')
  const to = await server.empty('undisturbed')
  // Holds up the copy at the last of the tables.
  const blocker = await openTransaction(db)
  await blocker.tx.query(sql`lock table ${id(environment.schema, 'users')} in access exclusive mode`)
  const order: string[] = []
  const copying = kernel.copyEnvironment(environment, to, plan).then(() => order.push('copied'))
  await untilWaiting('users')
  const change = async (method: string, path: string, body?: object) => {
    const { status } = await server.request(method, `/data/$collections${path}`, { body })
    order.push(`${method} ${status}`)
  }
  const changes = change('DELETE', '/doomed')
    .then(() => change('POST', '', { name: 'later', fields: {} }))
    .then(() => change('PATCH', '/debits', { fields: { extra: { type: 'text' } } }))
  await delay(200)
  assert.deepEqual(order, [])
  await blocker.end()
  await Promise.all([copying, changes])
  // The copy ends its session before it says that it is done: the changes may be answered before.
  const done: string[] = order
  assert.deepEqual(
    done.filter(one => one !== 'copied'),
    ['DELETE 204', 'POST 201', 'PATCH 200'],
  )
  assert.deepEqual(await server.run('select n from @doomed', to), [{ n: '1' }])
  assert.deepEqual(
    await server.run(`select name from @data_collections order by name`, to),
    ['credits', 'debits', 'doomed', 'users'].map(name => ({ name })),
  )
})

test('a table dropped with SQL behind our back fails the copy and leaves nothing of it', async () => {
  await server.define({ name: 'gone', fields: {} })
  await server.run('drop table @gone')
  const to = await server.empty('behind-our-back')
  await assert.rejects(kernel.copyEnvironment(environment, to, plan), { code: '42P01' })
  assert.deepEqual(await server.run('select name from @data_collections', to), [{ name: 'users' }])
  const tables = await server.run(
    `select from pg_tables where schemaname = '${to.schema}' and tablename = 'debits'`,
  )
  assert.deepEqual(tables, [])
  await server.run(`delete from @data_collections where name = 'gone'`)
  await kernel.copyEnvironment(environment, to, plan)
})

test('an environment that was never brought up to date is refused, and so is a branch half migrated', async () => {
  const half = await server.empty('half')
  await server.run(`drop table @data_collections cascade`, half)
  await assert.rejects(kernel.copyEnvironment(environment, half, plan), { code: '42P01' })
  await assert.rejects(kernel.copyEnvironment(half, await server.empty('of-half'), plan), { code: '42P01' })
})

test('the change stream hears that there are new collections, and none of the copied rows', async () => {
  await server.run(
    `insert into @credits (n, text) select n, repeat('x', 3000) from generate_series(1, 200) n`,
  )
  const heard: Transaction[] = []
  const stop = kernel.stream.listen(transaction => heard.push(transaction))
  const branch = await server.branch('quiet')
  await kernel.stream.caughtUp()
  stop()
  const changes = heard.flatMap(({ changes }) => changes)
  const rows = changes.filter(
    change =>
      change.kind !== 'event' &&
      change.table.schema === branch.schema &&
      change.table.name !== 'data_collections',
  )
  assert.deepEqual(rows, [])
  const told = changes.filter(change => change.kind === 'event' && change.name === 'data.collections-changed')
  assert.ok(
    told.some(
      change =>
        change.kind === 'event' && (change.payload as { environmentId: string }).environmentId === branch.id,
    ),
  )
  assert.ok((await server.run('select from @credits', branch)).length >= 200)

  // From then on everything is heard as anywhere else, also of the session's successors.
  const next: Transaction[] = []
  kernel.stream.listen(transaction => next.push(transaction))
  await server.run(`update @credits set n = -1 where text is not null`, branch)
  await server.run(`insert into @debits (n) values (-5)`)
  await kernel.stream.caughtUp()
  const kinds = next.flatMap(({ changes }) => changes).map(({ kind }) => kind)
  assert.equal(kinds.filter(kind => kind === 'update').length, 200)
  assert.equal(kinds.filter(kind => kind === 'insert').length, 1)
})

test('after a copy that failed nothing that is written goes unheard', async () => {
  const to = await server.empty('failing')
  await server.run(`insert into @users (email) values ('b@b.cc')`, to)
  await assert.rejects(kernel.copyEnvironment(environment, to, plan))
  const heard: Transaction[] = []
  kernel.stream.listen(transaction => heard.push(transaction))
  await Promise.all(Array.from({ length: 20 }, () => server.run(`insert into @debits (n) values (-6)`)))
  await kernel.stream.caughtUp()
  assert.equal(heard.flatMap(({ changes }) => changes).filter(({ kind }) => kind === 'insert').length, 20)
})

test('the API of a branch answers at once what was copied', async () => {
  const branch = await server.branch('served')
  const key = await server.createKey(branch.id)
  const url = new URL(server.environmentUrl)
  url.pathname = `/test/served/v1/data/debits`
  const answer = await fetch(`${url}?select=n&n=eq.-6&limit=1`, { headers: { apikey: key } })
  assert.equal(answer.status, 200)
  assert.deepEqual(await answer.json(), [{ n: -6 }])
})

async function untilWaiting(table: string): Promise<void> {
  for (;;) {
    const waiting = await db.query(sql`
      select from pg_locks where not granted and relation = ${`"${environment.schema}".${table}`}::regclass`)
    if (waiting.length > 0) return
    await delay(10)
  }
}
