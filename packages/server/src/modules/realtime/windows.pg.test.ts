import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { id, sql } from '../../kernel/sql.ts'
import { startTestServer } from '../../testing/start-test-server.ts'
import { playFrames } from './testing/play-frames.ts'
import { SocketClient } from '../../testing/socket-client.ts'
import { until } from '../../testing/until.ts'

const server = await startTestServer({ after })

test('R6 windows in every order are what a fresh list answers, through writers, refills and policies', async () => {
  const fields = {
    a: { type: 'integer' },
    b: { type: 'text' },
    c: { type: 'boolean' },
    d: { type: 'timestamp' },
    hidden: { type: 'boolean' },
  }
  const policies = { list: 'public("a test")' }
  const made = await server.request('POST', '/data/$collections', {
    body: { name: 'windows', fields, policies },
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const orders = ['a.asc', 'a.desc', 'b.asc,a.desc', 'c.desc,b.asc', 'd.asc,c.asc', 'a.desc,b.desc,c.asc', '']
  const questions = orders.flatMap((order, i) =>
    [1, 2 + i, 20].map(
      limit => `${order === '' ? '' : `order=${order}&`}${i % 2 ? 'a=gte.2&' : ''}limit=${limit}`,
    ),
  )
  const limits = questions.map(question => Number(question.split('limit=')[1]))
  const client = await new SocketClient(server.environmentUrl, server.publishableKey).greet()
  after(() => client.close())
  questions.forEach((q, s) =>
    client.send({ t: 'sub', id: s, coll: 'windows', q, ...(s % 5 === 4 ? { coalesce: 20 } : {}) }),
  )

  const table = id(server.environment.schema, 'windows')
  const ids = Array.from(
    { length: 300 },
    (_, i) => `00000000-0000-4000-8000-${String((i * 7919) % 100_000).padStart(12, '0')}`,
  )
  const pick = <T>(from: readonly T[]) => from[Math.floor(Math.random() * from.length)]!
  const put = (count: number) => {
    const rows = new Map(Array.from({ length: count }, () => pick(ids)).map(key => [key, random(key)]))
    return server.db.query(sql`insert into ${table} (id, a, b, c, d, hidden)
      select id, a, b, c, d, hidden from json_to_recordset(${JSON.stringify([...rows.values()])}::json)
        as r (id uuid, a int, b text, c boolean, d timestamptz, hidden boolean)
      on conflict (id) do update set a = excluded.a, b = excluded.b, c = excluded.c, d = excluded.d,
        hidden = excluded.hidden`)
  }
  const random = (key: string) => ({
    id: key,
    a: pick([1, 2, 3, 4, null]),
    b: pick(['x', 'X', 'ä', '\u{1F600}', '\u{FFFD}', null]),
    c: pick([true, false, null]),
    d: pick(['2020-01-01T00:00:00Z', '2020-01-01T00:00:00.5Z', '1999-12-31T23:59:59Z', null]),
    hidden: pick([true, false, false]),
  })
  // Several rows at once, in any order: Postgres ends one of two writers that wait for each other.
  const write = async () => {
    for (;;)
      try {
        return await writeOnce()
      } catch (error) {
        if ((error as { code?: string }).code !== '40P01') throw error
      }
  }
  const writeOnce = () => {
    const kind = Math.random()
    if (kind < 0.3) return server.db.query(sql`delete from ${table} where id = ${pick(ids)}`)
    // The first or last of some order leave at once, so that spare rows run out.
    if (kind < 0.4)
      return server.db.query(sql`delete from ${table} where id in
        (select id from ${table} order by a, b, c limit 12)`)
    if (kind < 0.45)
      return server.db.query(sql`delete from ${table} where id in
        (select id from ${table} order by a desc, b desc, c desc limit 12)`)
    return put(kind < 0.6 ? 15 : 1)
  }
  await put(300)

  const rules = [policies.list, 'doc.hidden != true', 'public("a test")', 'doc.hidden == false || doc.a > 2']
  for (const [round, list] of rules.entries()) {
    if (round > 0) {
      const changed = server.request('PATCH', '/data/$collections/windows', { body: { policies: { list } } })
      for (let i = 0; i < 20; i++) await write()
      assert.equal((await changed).status, 200)
    }
    await Promise.all(
      [1, 2, 3].map(async () => {
        for (let i = 0; i < 60; i++) await write()
      }),
    )
    const sorted = (rows: Iterable<unknown>) =>
      ([...rows] as { id: string }[]).sort((x, y) => (x.id < y.id ? -1 : 1))
    const expected: { id: string }[][] = []
    for (const question of questions) {
      const { body } = await server.request('GET', `/data/windows?${question}`, {
        headers: { apikey: server.publishableKey },
      })
      expected.push(sorted(body as unknown[]))
    }
    const held = () => {
      const views = playFrames(client.frames, s => limits[s]!)
      return questions.map((_, s) => sorted(views.get(s)?.values() ?? []))
    }
    const text = JSON.stringify(expected)
    await until(() => JSON.stringify(held()) === text, `round ${round} is as listed`).catch(() => {
      const wrong = held()
      questions.forEach((question, s) =>
        assert.deepEqual(wrong[s], expected[s], `round ${round}: ${question}`),
      )
    })
  }
  assert.equal(client.frames.filter(({ t }) => t === 'err').length, 0)
})
