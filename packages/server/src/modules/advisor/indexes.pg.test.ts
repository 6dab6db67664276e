import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IndexReport } from '@cloudbox/protocol/advisor'
import { sql } from '../../kernel/sql.ts'
import { startTestServer, type TestServer } from '../../testing/start-test-server.ts'
import type { Cleanup } from '../../testing/test-database.ts'

/** A server with many cities and some people. */
async function withCities(cleanup: Cleanup, argv: readonly string[] = []): Promise<TestServer> {
  const server = await startTestServer(cleanup, { argv })
  const collections = [
    { name: 'people', fields: { name: { type: 'text' } } },
    {
      name: 'cities',
      fields: {
        country: { type: 'text' },
        name: { type: 'text' },
        population: { type: 'integer' },
        tags: { type: 'text', list: true },
        mayor: { type: 'relation', to: 'people' },
      },
      indexes: [
        { fields: ['population'] },
        { fields: ['population', 'name'] },
        { fields: ['tags'], kind: 'gin' },
      ],
      policies: { list: 'public("cities are public")' },
    },
  ]
  for (const body of collections) {
    const { status } = await server.request('POST', '/data/$collections', { body })
    assert.equal(status, 201)
  }
  await server.db.transaction(tx =>
    tx.script(`
      insert into "${server.environment.schema}".cities (country, name, population)
      select 'C' || i % 300, 'name ' || i, i from generate_series(1, 60000) i;
      analyze "${server.environment.schema}".cities`),
  )
  return server
}

const report = async (server: TestServer) =>
  (await server.request('GET', '/advisor/indexes')).body as IndexReport

test('advice about indexes', async t => {
  const server = await withCities(t)
  const list = async (query: string, times = 2) => {
    for (let i = 0; i < times; i++)
      assert.equal((await server.request('GET', `/data/cities?${query}`)).status, 200)
  }

  await t.test('what costs nothing needs nothing, and what is doubled can go', async () => {
    const { advice, statements } = await report(server)
    assert.equal(statements.source, 'pg_stat_statements')
    assert.deepEqual(
      advice.map(one => (one.kind === 'drop' ? [one.kind, one.index.fields, one.reason] : one)),
      [['drop', ['population'], 'The index on population, name does all that this one does.']],
    )
  })

  await t.test('filters, orders, patterns and alternatives get the index that serves them', async () => {
    await list('country=eq.C7&order=createdAt.desc&limit=5')
    await list('name=ilike.*ame%2077*&select=id,name')
    await list('or=(population.eq.7,name.eq.name 3)&order=id')
    const wanted = [/^btree country(,-createdAt)?$/, /^trigram name$/, /^btree name/]
    let creations: Extract<IndexReport['advice'][number], { kind: 'create' }>[] = []
    let shown: string[] = []
    // Estimates come from a sample of the rows: now and then one of them does not pay by it.
    for (let tries = 0; tries < 5; tries++) {
      const { advice } = await report(server)
      creations = advice.flatMap(one => (one.kind === 'create' ? [one] : []))
      shown = creations.flatMap(({ indexes }) =>
        indexes.map(({ kind, fields }) => `${kind ?? 'btree'} ${fields.join(',')}`),
      )
      if (wanted.every(index => shown.some(text => index.test(text)))) break
    }
    for (const index of wanted)
      assert.ok(
        shown.some(text => index.test(text)),
        `${index} in ${shown.join('; ')}`,
      )
    for (const { serves } of creations)
      for (const { calls, costBefore, costAfter, msBefore } of serves) {
        assert.equal(calls, 2)
        assert.ok(costAfter <= costBefore / 2)
        assert.ok(msBefore! > 0)
      }
  })

  await t.test('what is advised is no longer advised once it is there', async () => {
    const { body } = await server.request('GET', '/data/$collections/cities')
    const { indexes } = body as { indexes: object[] }
    const { advice } = await report(server)
    const wanted = advice.flatMap(one => (one.kind === 'create' ? one.indexes : []))
    const added = [...new Map(wanted.map(index => [JSON.stringify(index), index])).values()]
    const change = { indexes: [...indexes, ...added] }
    const { status } = await server.request('PATCH', '/data/$collections/cities', { body: change })
    assert.equal(status, 200)
    const after = await report(server)
    // Estimates come from a sample of the rows, so something else may be advised by now.
    const again = after.advice.flatMap(one => (one.kind === 'create' ? one.indexes : []))
    const known = new Set(added.map(index => JSON.stringify(index)))
    assert.deepEqual(
      again.filter(index => known.has(JSON.stringify(index))),
      [],
    )
  })

  await t.test('an index nobody uses is told once its collection was read often', async () => {
    const { schema } = server.environment
    await server.db.transaction(tx =>
      tx.script(
        `do $$ begin for i in 1..1001 loop perform from "${schema}".cities where id = '0198c0de-0000-7000-8000-00000000000a'; end loop; end $$`,
      ),
    )
    await server.db.query(sql`select pg_stat_force_next_flush()`)
    const { advice } = await report(server)
    const unused = advice.flatMap(one =>
      one.kind === 'drop' && one.reason.startsWith('Nobody') ? [one] : [],
    )
    assert.ok(unused.some(({ index }) => index.kind === 'gin'))
    assert.ok(unused.every(({ bytes }) => bytes > 0))
  })

  await t.test('a relation without its index, and an index that was not finished', async () => {
    const { schema } = server.environment
    await server.db.transaction(tx =>
      tx.script(`
        drop index "${schema}"."cities.mayor.relation";
        update pg_index set indisvalid = false where indexrelid = '"${schema}"."cities.population.index"'::regclass`),
    )
    const { advice } = await report(server)
    assert.ok(
      advice.some(
        one => one.kind === 'create' && one.indexes[0]?.fields[0] === 'mayor' && one.serves.length === 0,
      ),
    )
    const broken = advice.find(one => one.kind === 'repair')
    assert.ok(broken !== undefined && broken.index === 'cities.population.index')
    const repair = (index: string) => server.request('POST', '/advisor/indexes/repair', { body: { index } })
    assert.equal((await repair(broken.index)).status, 204)
    const again = await repair(broken.index)
    assert.deepEqual([again.status, (again.body as { code: string }).code], [404, 'advisor/unknown-index'])
    assert.ok((await report(server)).advice.every(({ kind }) => kind !== 'repair'))
  })
})

test('a slow list of a dev environment says which command makes its index', async t => {
  const server = await withCities(t, ['--advisor-slow-read-ms', '1'])
  const ask = async (query: string) =>
    (await server.request('GET', `/data/cities?${query}`)).headers.get('x-cloudbox-advice')
  const advice = await ask('country=eq.C7&order=createdAt.desc')
  assert.match(
    advice ?? '',
    /^\d+ ms: cities has no index for this, 60000 documents were looked at\. cloudbox advisor create cities country,-createdAt$/,
  )
  assert.match((await ask('name=like.*77*')) ?? '', /cloudbox advisor create cities name --kind trigram$/)
  assert.equal(await ask('population=eq.5'), null)
})

test('nothing is said of other environments, nor outside of dev', async t => {
  const server = await startTestServer(t, { dev: false, argv: ['--advisor-slow-read-ms', '1'] })
  await server.request('POST', '/data/$collections', {
    body: { name: 'notes', fields: { text: { type: 'text' } } },
  })
  await server.db.transaction(tx =>
    tx.script(`
      insert into "${server.environment.schema}".notes (text) select i::text from generate_series(1, 20000) i;
      analyze "${server.environment.schema}".notes`),
  )
  const { headers } = await server.request('GET', '/data/notes?text=eq.5')
  assert.equal(headers.get('x-cloudbox-advice'), null)
  assert.deepEqual(
    (await report(server)).advice.filter(({ kind }) => kind === 'drop'),
    [],
  )
})
