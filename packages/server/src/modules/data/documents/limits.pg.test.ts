import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { defineEvent } from '../../../kernel/events.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { startTestServer } from '../../../testing/start-test-server.ts'

const server = await startTestServer({ after }, { dev: false, argv: ['--pool-size', '3'] })
const limit = async (body: unknown) => {
  const answer = await server.request('PATCH', '/limits', { body })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  return answer.body
}
const off = { statementTimeoutMs: null, maxRows: null, maxCost: null }
const codeOf = ({ body }: { body: unknown }) => (body as { code?: string }).code

before(async () => {
  const body = {
    name: 'words',
    fields: { word: { type: 'text' }, nr: { type: 'integer' } },
    policies: { list: 'public("test")', update: 'public("test")' },
  }
  assert.equal((await server.request('POST', '/data/$collections', { body })).status, 201)
  const table = id(server.environment.schema, 'words')
  await server.db.query(sql`
    insert into ${table} ("word", "nr") select repeat(md5(n::text), 20), n from generate_series(1, 20000) n`)
  await server.db.transaction(tx => tx.script(`analyze ${table.parts[0]!}`))
})

describe('the limits of an environment', () => {
  test('are the defaults, changed one by one, and taken back', async () => {
    assert.deepEqual((await server.request('GET', '/limits')).body, off)
    assert.deepEqual(await limit({ maxRows: 5 }), { ...off, maxRows: 5 })
    assert.deepEqual(await limit({ maxCost: 1.5e6 }), { ...off, maxRows: 5, maxCost: 1.5e6 })
    assert.deepEqual((await server.request('GET', '/limits')).body, { ...off, maxRows: 5, maxCost: 1.5e6 })
    assert.deepEqual(await limit(off), off)
  })

  test('are checked, each mistake with its place', async () => {
    for (const [name, value] of Object.entries({
      statementTimeoutMs: 1,
      maxRows: 1.5,
      maxCost: 'x',
      maxTables: 5,
    })) {
      const { status, body } = await server.request('PATCH', '/limits', { body: { [name]: value } })
      assert.equal(status, 422)
      assert.equal((body as { errors: { at: string }[] }).errors[0]!.at, `/${name}`)
    }
    assert.deepEqual((await server.request('GET', '/limits')).body, off)
  })

  test('are for the secret key', async () => {
    const headers = { apikey: server.publishableKey }
    assert.equal((await server.request('GET', '/limits', { headers })).status, 403)
    assert.equal((await server.request('PATCH', '/limits', { headers, body: {} })).status, 403)
  })

  test('are heard of when another process changes them', async () => {
    const { id: environmentId } = server.environment
    await server.db.transaction(async tx => {
      await tx.query(sql`
        update cloudbox.platform_environments set limits = '{"maxRows":7}' where id = ${environmentId}`)
      await tx.emit(defineEvent('platform.directory-changed'), { environmentId })
    })
    const read = async () => (await server.request('GET', '/limits')).body as { maxRows: number | null }
    while ((await read()).maxRows !== 7);
    await limit({ maxRows: null })
  })
})

describe('maxRows', () => {
  test('bounds what is asked for and what is not', async () => {
    await limit({ maxRows: 5 })
    const { headers, body } = await server.request('GET', '/data/words')
    assert.equal((body as unknown[]).length, 5)
    assert.ok(headers.has('x-cloudbox-next-cursor'))
    const refused = await server.request('GET', '/data/words?limit=6')
    assert.equal(codeOf(refused), 'data/invalid-query')
    assert.match(JSON.stringify(refused.body), /is at most 5/)
    await limit({ maxRows: 3000 })
    const large = await server.request('GET', '/data/words?limit=3000&select=nr')
    assert.equal((large.body as unknown[]).length, 3000)
    await limit({ maxRows: null })
    assert.equal((await server.request('GET', '/data/words?limit=3000&select=nr')).status, 400)
    assert.equal((await server.request('GET', '/data/words')).status, 200)
  })
})

describe('statementTimeoutMs', () => {
  // A regular expression that goes through every text many times.
  const slow = `word=match.${encodeURIComponent('(a.*b.*c.*d.*e.*f.*){3}zz')}`

  test('ends what is slow, reading and writing, and the connections are as good as before', async () => {
    await limit({ statementTimeoutMs: 20 })
    for (const [method, path, body] of [
      ['GET', `/data/words?${slow}`, undefined],
      ['GET', `/data/words?select=n:count()&${slow}`, undefined],
      ['PATCH', `/data/words?${slow}`, { nr: 0 }],
    ] as const) {
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => server.request(method, path, { ...(body && { body }) })),
      )
      for (const answer of answers) {
        assert.equal(answer.status, 503, JSON.stringify(answer.body))
        assert.equal(codeOf(answer), 'data/too-slow')
        assert.match(JSON.stringify(answer.body), /20 ms are the limit/)
      }
    }
    await limit({ statementTimeoutMs: null })
    const after = await Promise.all(
      Array.from({ length: 6 }, () => server.request('GET', '/data/words?nr=eq.77&select=nr')),
    )
    for (const { body } of after) assert.deepEqual(body, [{ nr: 77 }])
    const busy = await server.db.query(sql`
      select from pg_stat_activity
      where datname = current_database() and state = 'active' and query like '%words%' and pid <> pg_backend_pid()`)
    assert.deepEqual(busy, [])
  })
})

describe('maxCost', () => {
  test('refuses what the planner expects to be dear, before it runs', async () => {
    await limit({ maxCost: 100 })
    const refused = await server.request('GET', '/data/words?order=word')
    assert.equal(refused.status, 400)
    assert.equal(codeOf(refused), 'data/too-costly')
    assert.match(JSON.stringify(refused.body), /about \d+, 100 is the limit.*index/)
    const exported = await server.request('GET', '/data/words?order=word', {
      headers: { apikey: server.secretKey, accept: 'text/csv' },
    })
    assert.equal(codeOf(exported), 'data/too-costly')
    assert.equal((await server.request('GET', '/data/words?limit=5')).status, 200)
    await limit({ maxCost: 1e9 })
    assert.equal((await server.request('GET', '/data/words?order=word&limit=5')).status, 200)
    await limit({ maxCost: null })
  })
})
