import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startBranchingServer } from '../../../testing/branching.ts'

const server = await startBranchingServer({ after })
before(async () => {
  await server.define(
    {
      name: 'people',
      fields: {
        name: { type: 'text', pii: 'name', max: 30 },
        code: { type: 'text', unique: true, pii: true },
        email: { type: 'email', unique: true, required: true, pii: true },
        phone: { type: 'text', unique: true, pii: 'phone' },
        born: { type: 'date', pii: true },
        seen: { type: 'timestamp', pii: true },
        salary: { type: 'integer', min: 1000, max: 9000, pii: true },
        share: { type: 'decimal', pii: true },
        factor: { type: 'number', pii: true },
        site: { type: 'url', pii: true },
        ref: { type: 'uuid', pii: true },
        home: { type: 'geopoint', pii: true },
        notes: { type: 'json', pii: true },
        aliases: { type: 'text', list: true, pii: 'name', max: 3 },
        card: { type: 'text', pattern: 'CARD-[0-9]+', pii: true },
        city: { type: 'text' },
        hello: { type: 'text', computed: "'Hello ' + doc.name" },
      },
    },
    {
      name: 'orders',
      fields: { buyer: { type: 'text', pii: 'email' }, phone: { type: 'text', pii: 'phone' } },
    },
  )
  await server.run(`
    insert into @people (name, code, email, phone, born, seen, salary, share, factor, site, ref, home, notes, aliases, card, city)
    select 'Grace Hopper' || n, 'C' || n, 'grace' || n || '@navy.test', '+1555' || lpad(n::text, 7, '0'), date '1906-12-09' + n,
      timestamptz '2026-01-01 10:00+00' + n * interval '1 second', 1000 + n, n / 8.0, n / 3.0, 'https://navy.test/' || n,
      gen_random_uuid(), point(4.5, 52.1), jsonb_build_object('rank', 'Admiral'), array['Amazing Grace', null], 'CARD-' || n, 'Arlington'
    from generate_series(1, 500) n`)
  await server.run(`insert into @orders (buyer, phone) select email, phone from @people`)
  await server.run(`
    insert into @users (email, phone, name, "avatarUrl", claims, metadata, role, locale)
    select 'grace' || n || '@navy.test', '+1555' || lpad(n::text, 7, '0'), 'Grace Hopper', 'https://navy.test/me.png',
      '{"team": "compilers"}', '{"likes": "nanoseconds"}', 'staff', 'en' from generate_series(1, 500) n`)
})

const whole = `select coalesce(string_agg(t::text, '' order by id), '') as text from @`

test('no personal value reaches a branch, and the rest does', async () => {
  const branch = await server.branch('personal')
  const [{ n } = { n: 0 }] = await server.run<{ n: number }>(
    `select count(*)::int as n from @people where city = 'Arlington' and hello = 'Hello ' || name and salary between 1000 and 9000`,
    branch,
  )
  assert.equal(n, 500)
  for (const table of ['people', 'orders', 'users']) {
    const [{ text } = { text: '' }] = await server.run<{ text: string }>(`${whole}${table} t`, branch)
    assert.ok(text.length > 10_000)
    assert.doesNotMatch(text, /grace|hopper|navy|Admiral|amazing|CARD|nanoseconds|compilers/i, table)
  }
  const left = await server.run(
    `select count(*)::int as n from @people b join "${server.environment.schema}".people o using (id)
      where o.name = b.name or o.code = b.code or o.born = b.born and o.seen = b.seen or o.ref = b.ref or o.home ~= b.home`,
    branch,
  )
  // A permutation may leave a value where it is, as any other.
  assert.ok(Number(left[0]!.n) < 40, JSON.stringify(left))
  const users = `select count(*)::int as n, count(distinct phone)::int as phones, min(role) as role, min(locale) as locale from @users
    where email like '%example.com' and phone ~ '^\\+1[0-9]{10}$' and "avatarUrl" like 'https://example.com/%'
      and jsonb_typeof(metadata) = 'object' and metadata ? 'likes' and claims ? 'team'`
  assert.deepEqual(await server.run(users, branch), [{ n: 500, phones: 500, role: 'staff', locale: 'en' }])
  const lists = `select distinct cardinality(aliases) as size, aliases[2] is null as empty, card is null as card from @people`
  assert.deepEqual(await server.run(lists, branch), [{ size: 2, empty: true, card: true }])
})

test('equal values stay equal in every collection, different ones different, and each branch has the same', async () => {
  const [one, other] = [await server.branch('equal-1'), await server.branch('equal-2')]
  const joined = `select count(*)::int as n from @people p join @orders o on o.buyer = p.email and o.phone = p.phone
    join @users u on u.email = p.email and u.phone = p.phone`
  assert.deepEqual(await server.run(joined, one), [{ n: 500 }])
  const people = 'select * from @people order by id'
  assert.deepEqual(await server.run(people, one), await server.run(people, other))
})

test('another environment makes up others', async () => {
  const original = await server.branch('other-1')
  const of = await server.branch('other-2', {}, original)
  const emails = 'select email from @people order by id limit 1'
  assert.notDeepEqual(await server.run(emails, of), await server.run(emails, original))
})

test('a made-up value that its field cannot take is told by name, and nothing is left behind', async () => {
  await server.define({
    name: 'cards',
    fields: { number: { type: 'text', required: true, pattern: 'CARD-[0-9]+', pii: true } },
  })
  await server.request('POST', '/data/cards', { body: [{ number: 'CARD-17' }] })
  const to = await server.empty('unfit')
  const plan = { data: 'all', secrets: false } as const
  await assert.rejects(server.kernel.copyEnvironment(server.environment, to, plan), {
    code: 'data/fake-does-not-fit',
    message: /cards\.number/,
  })
  const tables = await server.run(
    `select from pg_tables where schemaname = '${to.schema}' and tablename in ('cards', 'people')`,
  )
  assert.deepEqual([tables, await server.run('select from @users', to)], [[], []])
  await server.request('DELETE', '/data/$collections/cards')
  await server.kernel.copyEnvironment(server.environment, to, plan)
})

for (const [at, field] of [
  ['/fields/f/pii', { type: 'relation', to: 'people', pii: true }],
  ['/fields/f/pii', { type: 'boolean', pii: true }],
  ['/fields/f/pii', { type: 'select', options: ['a'], pii: true }],
  ['/fields/f/pii', { type: 'file', pii: true }],
  ['/fields/f/pii', { type: 'integer', pii: 'phone' }],
  ['/fields/f/pii', { type: 'email', pii: 'name' }],
  ['/fields/f/pii', { type: 'text', computed: "'a'", pii: true }],
  ['/fields/f/pii', { type: 'text', unique: true, pii: 'name' }],
] as const) {
  test(`refused: ${JSON.stringify(field)}`, async () => {
    const answer = await server.request('POST', '/data/$collections', {
      body: { name: 'bad', fields: { f: field } },
    })
    const { code, errors } = answer.body as { code: string; errors: { at: string }[] }
    assert.deepEqual(
      [answer.status, code, errors.map(error => error.at)],
      [422, 'data/invalid-collection', [at]],
    )
  })
}

test('a unique index with personal names is refused, too', async () => {
  const body = {
    name: 'bad',
    fields: { f: { type: 'text', pii: 'name' }, g: { type: 'text' } },
    indexes: [{ fields: ['g', 'f'], unique: true }],
  }
  const { errors } = (await server.request('POST', '/data/$collections', { body })).body as {
    errors: { at: string }[]
  }
  assert.deepEqual(
    errors.map(({ at }) => at),
    ['/indexes/0/unique'],
  )
})

test('users whose names an author has made unique with a field of his own stay unique', async () => {
  const body = {
    fields: { club: { type: 'text' } },
    indexes: [{ fields: ['name', 'club'], unique: true }],
  }
  await server.run(`update @users set name = 'User ' || substr(phone, 6)`)
  const answer = await server.request('PATCH', '/data/$collections/users', { body })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  await server.run(`update @users set club = 'one'`)
  const branch = await server.branch('unique-names')
  const names = await server.run(
    `select count(distinct name)::int as n from @users where name !~ 'User'`,
    branch,
  )
  assert.deepEqual(names, [{ n: 500 }])
})
