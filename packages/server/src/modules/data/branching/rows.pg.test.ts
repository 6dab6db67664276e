import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startBranchingServer } from '../../../testing/branching.ts'

const server = await startBranchingServer({ after })
before(async () => {
  await server.define(
    { name: 'lists', fields: { name: { type: 'text', required: true, unique: true } } },
    {
      name: 'todos',
      flexible: true,
      fields: {
        title: { type: 'text', required: true },
        shout: { type: 'text', computed: 'doc.title + "!"' },
        list: { type: 'relation', to: 'lists', required: true, onDelete: 'cascade' },
        after: { type: 'relation', to: 'todos', onDelete: 'setNull' },
        owner: { type: 'relation', to: 'users' },
        tags: { type: 'text', list: true },
        price: { type: 'decimal' },
        meta: { type: 'json' },
        place: { type: 'geopoint' },
      },
    },
  )
  const fields = { first: { type: 'relation', to: 'todos' } }
  await server.request('PATCH', '/data/$collections/lists', { body: { fields } })
  await server.run(`
    insert into @users (email, name, created_at, updated_at)
    select 'user' || n || '@corp.test', 'Real Person', now() - interval '9 days', now() - interval '8 days'
    from generate_series(1, 400) n`)
  await server.run(`insert into @lists (name) select 'list ' || n from generate_series(1, 400) n`)
  await server.run(`
    with l as (select id, row_number() over (order by id) as n from @lists),
      u as (select id, row_number() over (order by id) as n from @users)
    insert into @todos (title, list, owner, tags, price, meta, place, extra_fields, created_at, updated_at)
    select 'todo ' || t, l.id, case when t % 3 = 0 then u.id end, array['a', t::text], t / 4.0, jsonb_build_object('n', t),
      point(t / 100.0, 1), jsonb_build_object('unknown', t), now() - interval '7 days', now() - interval '6 days'
    from generate_series(1, 4000) t join l on l.n = t % 400 + 1 join u on u.n = t % 400 + 1`)
  await server.run(`
    update @todos t set after = o.id, updated_at = t.updated_at - interval '1 second' from @todos o
    where o.title = 'todo ' || (substr(t.title, 6)::int - 1)`)
  await server.run(
    `update @lists l set first = (select id from @todos t where t.list = l.id order by t.title limit 1)`,
  )
})

const text = (table: string) =>
  `select coalesce(string_agg(t::text, E'\\n' order by id), '') as rows from @${table} t`

test('every row is as it was, with ids, times, unknown and computed fields, also where references go in circles', async () => {
  const branch = await server.branch('all')
  for (const table of ['todos', 'lists'])
    assert.deepEqual(await server.run(text(table), branch), await server.run(text(table)), table)
  const times = 'select id, created_at, updated_at from @users order by id'
  assert.deepEqual(await server.run(times, branch), await server.run(times))
})

test('a branch goes its own way', async () => {
  const branch = await server.branch('own-way')
  await server.run(`delete from @lists where name = 'list 1'`, branch)
  await server.run(`update @todos set title = 'changed'`, branch)
  const [{ n } = { n: 0 }] = await server.run<{ n: number }>(
    `select count(*)::int as n from @todos where title <> 'changed'`,
  )
  assert.equal(n, 4000)
  const fresh = `select count(*)::int as n from @todos where updated_at > now() - interval '1 hour'`
  assert.notDeepEqual(await server.run(fresh, branch), [{ n: 0 }])
})

test('without data there are no rows, users least of all', async () => {
  const branch = await server.branch('nothing', { data: 'none' })
  const counted =
    'select (select count(*) from @users) + (select count(*) from @todos) + (select count(*) from @lists) as n'
  assert.deepEqual(await server.run(counted, branch), [{ n: '0' }])
})

test('a sample is a share of each collection in which every reference holds', async () => {
  const branch = await server.branch('sample', { data: { samplePercent: 5 } })
  const [row = { todos: 0, lists: 0, users: 0 }] = await server.run<{
    todos: number
    lists: number
    users: number
  }>(
    `select (select count(*)::int from @todos) as todos, (select count(*)::int from @lists) as lists,
      (select count(*)::int from @users) as users`,
    branch,
  )
  assert.ok(row.todos > 100 && row.todos < 300, `${row.todos} of 4000`)
  // Those that todos need come too; users are optional.
  assert.ok(row.lists > 100 && row.users < 60, JSON.stringify(row))
  const dangling = `
    select (select count(*)::int from @todos where list not in (select id from @lists)) as lists,
      (select count(*)::int from @todos where after not in (select id from @todos)) as afters,
      (select count(*)::int from @lists where first not in (select id from @todos)) as firsts,
      (select count(*)::int from @todos where owner not in (select id from @users)) as owners`
  assert.deepEqual(await server.run(dangling, branch), [{ lists: 0, afters: 0, firsts: 0, owners: 0 }])
  // Some that point to what is there still do.
  const kept = await server.run(`select from @todos where owner is not null`, branch)
  assert.ok(kept.length > 0)
})

test('a sample is the same each time, and one of all is all', async () => {
  const [one, other] = [
    await server.branch('again-1', { data: { samplePercent: 3.5 } }),
    await server.branch('again-2', { data: { samplePercent: 3.5 } }),
  ]
  assert.deepEqual(await server.run(text('todos'), one), await server.run(text('todos'), other))
  const whole = await server.branch('again-3', { data: { samplePercent: 100 } })
  assert.deepEqual(await server.run(text('todos'), whole), await server.run(text('todos')))
})

test('a required relation to the same collection is followed to its end', async () => {
  await server.define({ name: 'chain', fields: { name: { type: 'text' } } })
  await server.request('POST', '/data/chain', {
    body: { id: '0198c0de-0000-7000-8000-000000000000', name: 'root' },
  })
  await server.run(`alter table @chain add column before uuid`)
  await server.run(`alter table @chain drop column before`)
  const body = {
    fields: {
      before: {
        type: 'relation',
        to: 'chain',
        required: true,
        default: '0198c0de-0000-7000-8000-000000000000',
      },
    },
  }
  const answer = await server.request('PATCH', '/data/$collections/chain', { body })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  await server.run(`
    with recursive links (id, before, n) as (
      select gen_random_uuid(), '0198c0de-0000-7000-8000-000000000000'::uuid, 1
      union all select gen_random_uuid(), id, n + 1 from links where n < 300
    ) insert into @chain (id, before, name) select id, before, n::text from links`)
  const branch = await server.branch('chain', { data: { samplePercent: 2 } })
  // With the last one of those drawn come all before it.
  const [{ n, last } = { n: 0, last: 0 }] = await server.run<{ n: number; last: number }>(
    `select count(*)::int as n, max(nullif(name, 'root')::int) as last from @chain`,
    branch,
  )
  assert.equal(n, last + 1)
  await server.request('DELETE', '/data/$collections/chain')
})
