import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, test } from 'node:test'
import type { ClientFrame } from '@cloudbox/protocol/realtime'
import type { Tx } from '../../kernel/db.ts'
import { id, sql } from '../../kernel/sql.ts'
import { startTestServer } from '../../testing/start-test-server.ts'
import { playFrames } from './testing/play-frames.ts'
import { SocketClient } from './testing/socket-client.ts'
import { until } from './testing/test-client.ts'

const clients: SocketClient[] = []
const server = await startTestServer({ after })
after(() => clients.forEach(client => client.close()))

const isMember = 'db.members.exists(m, m.team == doc.team && m.user == auth.uid)'
const fields = {
  members: {
    team: { type: 'text' },
    user: { type: 'text' },
    role: { type: 'text' },
    rank: { type: 'integer' },
  },
  docs: { team: { type: 'text' }, owner: { type: 'text' }, n: { type: 'integer' } },
}

/** Two collections of their own: `docs` are seen by the members of their team unless told otherwise. */
async function collections(list = isMember) {
  const suffix = randomUUID().slice(0, 8)
  const names = { members: `members_${suffix}`, docs: `docs_${suffix}` }
  const put = async (name: keyof typeof names, policies: Record<string, string>) => {
    const { status, body } = await server.request('POST', '/data/$collections', {
      body: { name: names[name], fields: fields[name], policies },
    })
    assert.equal(status, 201, JSON.stringify(body))
  }
  const policy = list
    .replaceAll('db.members', `db.${names.members}`)
    .replaceAll('db.docs', `db.${names.docs}`)
  await put('members', {})
  await put('docs', { list: policy, get: policy })
  const table = {
    members: id(server.environment.schema, names.members),
    docs: id(server.environment.schema, names.docs),
  }
  return {
    names,
    table,
    join: (tx: Pick<Tx, 'query'>, user: string, team: string) =>
      tx.query(sql`insert into ${table.members} (team, "user") values (${team}, ${user})`),
    leave: (tx: Pick<Tx, 'query'>, user: string, team: string) =>
      tx.query(sql`delete from ${table.members} where team = ${team} and "user" = ${user}`),
    add: (tx: Pick<Tx, 'query'>, team: string, n: number) =>
      tx.query(sql`insert into ${table.docs} (team, n) values (${team}, ${n})`),
  }
}

async function connect(uid: string): Promise<SocketClient> {
  const client = new SocketClient(server.environmentUrl, server.publishableKey)
  clients.push(client)
  return client.greet(await server.token(uid))
}

/** The numbers of the documents a subscription holds. */
const held = (client: SocketClient, s: number) =>
  [...(playFrames(client.frames).get(s)?.values() ?? [])].map(({ n }) => n as number).sort((a, b) => a - b)
const holds = (client: SocketClient, s: number, ...numbers: number[]) =>
  until(
    () => JSON.stringify(held(client, s)) === JSON.stringify(numbers),
    `${s} holds ${String(numbers)}`,
  ).catch(() => assert.deepEqual(held(client, s), numbers))
const isLive = (client: SocketClient, s: number) => client.frame('live', frame => frame.s === s)
const resets = (client: SocketClient, s: number) =>
  client.frames.flatMap(frame => (frame.t === 'reset' && frame.s === s ? [frame.why] : []))
/** Everything a client was ever sent that has this number. */
const wasSent = (client: SocketClient, n: number) => JSON.stringify(client.frames).includes(`"n":${n}`)

test('R19 documents enter and leave with a membership, in lists, windows and single documents', async () => {
  const { names, table, join, leave, add } = await collections()
  const { db } = server
  await join(db, 'bob', 'red')
  for (const [team, n] of [
    ['red', 1],
    ['red', 2],
    ['blue', 3],
  ] as const)
    await add(db, team, n)
  const [one] = await db.query<{ id: string }>(sql`select id from ${table.docs} where n = 1`)
  const [ann, bob] = [await connect('ann'), await connect('bob')]
  for (const client of [ann, bob]) {
    client.send({ t: 'sub', id: 1, coll: names.docs, q: '' })
    client.send({ t: 'sub', id: 2, coll: names.docs, q: 'order=n.desc&limit=1' })
    client.send({ t: 'sub', id: 3, coll: names.docs, doc: one!.id })
    client.send({ t: 'sub', id: 4, coll: names.docs, q: 'team=eq.blue' })
  }
  for (const s of [1, 2, 3, 4]) await isLive(ann, s)
  await holds(bob, 1, 1, 2)
  await holds(bob, 2, 2)
  await holds(bob, 3, 1)

  await join(db, 'ann', 'red')
  await holds(ann, 1, 1, 2)
  await holds(ann, 2, 2)
  await holds(ann, 3, 1)
  await add(db, 'red', 4)
  await holds(ann, 1, 1, 2, 4)
  await holds(ann, 2, 4)
  assert.deepEqual(resets(ann, 1), ['lookup'])
  assert.deepEqual(resets(ann, 2), [], 'a window is told the difference')
  assert.deepEqual(resets(ann, 4), [], 'a membership of another team means nothing here')

  await leave(db, 'ann', 'red')
  for (const s of [1, 2, 3]) await holds(ann, s)
  await add(db, 'red', 5)
  await holds(bob, 1, 1, 2, 4, 5)
  await holds(bob, 2, 5)
  assert.ok(!wasSent(ann, 5))
  assert.deepEqual(
    [1, 2, 3, 4].flatMap(s => resets(bob, s)),
    [],
    'others hear nothing of it',
  )
})

test('R19 what is written in the commit that ends a membership, or after it, is not told', async () => {
  const { names, table, join, leave, add } = await collections()
  const { db } = server
  await join(db, 'ann', 'red')
  await add(db, 'red', 1)
  const ann = await connect('ann')
  const asked: Extract<ClientFrame, { t: 'sub' }>[] = [
    { t: 'sub', id: 1, coll: names.docs, q: '' },
    { t: 'sub', id: 2, coll: names.docs, q: 'order=n.desc&limit=5' },
    { t: 'sub', id: 3, coll: names.docs, q: '', coalesce: 60_000 },
    { t: 'sub', id: 4, coll: names.docs, q: 'order=n.desc&limit=5', coalesce: 60_000 },
    { t: 'sub', id: 5, coll: names.docs, q: '', mode: 'lossless' },
    { t: 'sub', id: 6, coll: names.docs, q: 'team=eq.red' },
  ]
  for (const frame of asked) ann.send(frame)
  for (const { id } of asked) await holds(ann, id, 1)
  // Held back where it is coalesced: it must not be told later.
  await db.query(sql`update ${table.docs} set n = 2`)
  for (const s of [1, 2, 5, 6]) await holds(ann, s, 2)
  await db.transaction(async tx => {
    await tx.query(sql`update ${table.docs} set n = 100`)
    await leave(tx, 'ann', 'red')
    await tx.query(sql`update ${table.docs} set n = 200`)
    await add(tx, 'red', 300)
  })
  await add(db, 'red', 400)
  for (const { id } of asked) await holds(ann, id)
  for (const n of [100, 200, 300, 400]) assert.ok(!wasSent(ann, n), `${n} is not for her`)

  // And the other way round: what is written in the commit that begins a membership is there.
  await db.transaction(async tx => {
    await tx.query(sql`delete from ${table.docs}`)
    await add(tx, 'red', 7)
    await join(tx, 'ann', 'red')
    await add(tx, 'red', 8)
  })
  for (const { id } of asked) await holds(ann, id, 7, 8)
})

test('R16 R19 a commit that changes a membership has passed when everything that follows from it is told', async () => {
  const { names, join, leave, add } = await collections()
  const { db } = server
  await join(db, 'ann', 'red')
  await add(db, 'red', 1)
  const ann = await connect('ann')
  const asked = ['', 'order=n.desc&limit=5', 'team=eq.red']
  asked.forEach((q, id) => ann.send({ t: 'sub', id, coll: names.docs, q }))
  for (const s of asked.keys()) await holds(ann, s, 1)
  for (const change of [leave, join, leave, join]) {
    const commit = await db.transaction(async tx => {
      await change(tx, 'ann', 'red')
      const [one] = await tx.query<{ xid: string }>(sql`select pg_current_xact_id()::text as xid`)
      return one!.xid
    })
    ann.send({ t: 'await', commit })
    const passed = await ann.frame('passed', frame => frame.commit === commit)
    const views = playFrames(ann.frames.slice(0, ann.frames.indexOf(passed)))
    for (const s of asked.keys()) assert.equal(views.get(s)!.size, change === join ? 1 : 0)
  }
})

test('R19 a membership that is taken and given back in one commit changes nothing', async () => {
  const { names, join, leave, add } = await collections()
  const { db } = server
  await join(db, 'ann', 'red')
  const ann = await connect('ann')
  ann.send({ t: 'sub', id: 1, coll: names.docs, q: '' })
  await isLive(ann, 1)
  await db.transaction(async tx => {
    await leave(tx, 'ann', 'red')
    await join(tx, 'ann', 'red')
    await join(tx, 'ann', 'red')
  })
  await join(db, 'bob', 'red')
  await add(db, 'red', 1)
  await holds(ann, 1, 1)
  assert.deepEqual(resets(ann, 1), [])
})

test('R19 a subscription continues from its cursor while the memberships are what they were', async () => {
  const { names, join, leave, add } = await collections()
  const { db } = server
  await join(db, 'ann', 'red')
  await add(db, 'red', 1)
  const first = await connect('ann')
  first.send({ t: 'sub', id: 1, coll: names.docs, q: '' })
  await holds(first, 1, 1)
  const { epoch } = await first.frame('welcome')
  const { lsn } = await isLive(first, 1)
  first.close()
  const since = { epoch, lsn }
  await add(db, 'red', 2)
  await join(db, 'bob', 'red')

  const second = await connect('ann')
  second.send({ t: 'sub', id: 1, coll: names.docs, q: '', since })
  second.send({ t: 'sub', id: 2, coll: names.docs, q: '', mode: 'lossless', since })
  for (const s of [1, 2]) {
    await until(() => held(second, s).length === 1, 'only what was missed is told')
    assert.deepEqual([held(second, s), resets(second, s)], [[2], []])
  }
  second.close()

  await leave(db, 'ann', 'red')
  await add(db, 'red', 3)
  await join(db, 'ann', 'red')
  const third = await connect('ann')
  third.send({ t: 'sub', id: 1, coll: names.docs, q: '', since })
  third.send({ t: 'sub', id: 2, coll: names.docs, q: '', mode: 'lossless', since })
  for (const s of [1, 2]) {
    await holds(third, s, 1, 2, 3)
    assert.deepEqual(resets(third, s), ['lookup'])
  }
})

test('R10 R19 a collection that is looked into is changed, and the look-ups with it', async () => {
  const { names, table, join, add } = await collections()
  const { db } = server
  await join(db, 'ann', 'red')
  await add(db, 'red', 1)
  const ann = await connect('ann')
  ann.send({ t: 'sub', id: 1, coll: names.docs, q: '' })
  await holds(ann, 1, 1)
  const change = async (body: unknown) => {
    const changed = await server.request('PATCH', `/data/$collections/${names.members}`, { body })
    assert.equal(changed.status, 200, JSON.stringify(changed.body))
  }
  await change({ fields: { level: { type: 'integer' } } })
  await add(db, 'red', 2)
  await holds(ann, 1, 1, 2)
  await change({ policies: { list: 'doc.user == auth.uid' } })
  await add(db, 'red', 3)
  await holds(ann, 1, 1, 2, 3)
  await db.query(sql`truncate ${table.members}`)
  await holds(ann, 1)
  await add(db, 'red', 4)
  await join(db, 'ann', 'red')
  await holds(ann, 1, 1, 2, 3, 4)
})

test('R10 R19 a policy is checked anew when only the type of what it looks at has changed', async () => {
  const { names, table } = await collections('db.members.exists(m, m.rank == doc.n && m.user == auth.uid)')
  const { db } = server
  await db.query(sql`insert into ${table.members} ("user", rank) values ('ann', 1)`)
  await db.query(sql`insert into ${table.docs} (n) values (1), (2)`)
  const ann = await connect('ann')
  ann.send({ t: 'sub', id: 1, coll: names.docs, q: '' })
  await holds(ann, 1, 1)
  const changed = await server.request('PATCH', `/data/$collections/${names.members}`, {
    body: { fields: { rank: { type: 'number' } } },
  })
  assert.equal(changed.status, 200, JSON.stringify(changed.body))
  const { body } = await server.request('GET', `/data/${names.docs}`, {
    headers: {
      apikey: server.publishableKey,
      authorization: `Bearer ${await server.token('ann')}`,
    },
  })
  assert.deepEqual(
    (body as { n: number }[]).map(({ n }) => n),
    [1],
  )
  // An integer and a number are equal in ways a set does not know.
  const { problem } = await ann.frame('err', ({ s }) => s === 1)
  assert.equal(problem.code, 'realtime/not-live')
})

test('R19 a look-up only SQL can answer is refused', async () => {
  const { names } = await collections('db.members.exists(m, m.team == doc.team && m.role != doc.owner)')
  const ann = await connect('ann')
  ann.send({ t: 'sub', id: 1, coll: names.docs, q: '' })
  const { problem } = await ann.frame('err')
  assert.equal(problem.code, 'realtime/not-live')
  assert.match(problem.hint!, /m\.field == doc\.field/)
})

test('R19 memberships that end with the clock are refused, not kept for ever', async () => {
  const { names } = await collections('db.members.exists(m, m.team == doc.team && m.createdAt < now)')
  const ann = await connect('ann')
  ann.send({ t: 'sub', id: 1, coll: names.docs, q: '' })
  const { problem } = await ann.frame('err')
  assert.equal(problem.code, 'realtime/not-live')
  assert.match(problem.detail!, /reads the time/)
})

test('R18 R19 explaining names the look-up that decided', async () => {
  const { names, join, leave, add } = await collections()
  const { db } = server
  await join(db, 'ann', 'red')
  const ann = await connect('ann')
  ann.send({ t: 'sub', id: 1, coll: names.docs, q: '' })
  await isLive(ann, 1)
  await add(db, 'red', 1)
  await add(db, 'blue', 2)
  await holds(ann, 1, 1)
  ann.send({ t: 'explain', id: 1 })
  const { decisions } = await ann.frame('explained', found => found.decisions.length === 3)
  assert.deepEqual(
    decisions.map(({ outcome, why }) => [outcome, why]),
    [
      ['look-up changed', `what the policy looks up in ${names.members} has changed`],
      ['enter', 'it matches now, it was not there before'],
      [
        'hidden by policy',
        `not true: policy: ${isMember.replace('members', names.members)} (looked up in ${names.members}, as it is now)`,
      ],
    ],
  )
  await leave(db, 'ann', 'red')
  await join(db, 'bob', 'red')
  await until(() => ann.frames.filter(({ t }) => t === 'live').length === 2, 'it is live again')
  ann.send({ t: 'explain', id: 1 })
  const later = await ann.frame('explained', found => found.decisions.length === 4)
  assert.equal(later.decisions[1]!.outcome, 'hidden by policy', 'judged as it is now')
  const { key, outcome, fate, why } = later.decisions[3]!
  assert.deepEqual(
    [key, outcome, fate, why],
    [
      undefined,
      'look-up changed',
      'before the snapshot',
      `what the policy looks up in ${names.members} has changed`,
    ],
  )
  assert.deepEqual(
    later.state.resets.map(reset => reset.why),
    ['lookup'],
  )
  const inspected = await server.request('GET', '/realtime/inspect')
  const { connections } = inspected.body as { connections: { subscriptions: Record<string, unknown>[] }[] }
  const shown = connections.flatMap(({ subscriptions }) => subscriptions)
  assert.deepEqual(shown.find(({ collection }) => collection === names.docs)!.lookups, [
    { collection: names.members, values: 0 },
  ])
})

const questions: readonly Partial<Extract<ClientFrame, { t: 'sub' }>>[] = [
  { q: '' },
  { q: 'team=eq.red' },
  { q: 'n=gte.5' },
  { q: '', mode: 'lossless' },
  { q: '', coalesce: 15 },
  { q: 'order=n.desc&limit=3' },
  { q: 'order=n.asc&limit=1' },
  { q: 'order=owner.asc,n.desc&limit=6', coalesce: 15 },
  { q: 'order=n.desc&limit=4&team=in.(red,blue)' },
]
const policies = [
  isMember,
  `doc.owner == auth.uid || ${isMember}`,
  `!db.members.exists(m, m.team == doc.team && m.user == auth.uid)`,
  'db.docs.exists(o, o.team == doc.team && o.owner == auth.uid)',
  `db.members.exists(m, m.user == auth.uid && m.role == 'admin') || doc.n < 4`,
  `db.members.exists(m, m.team == doc.team && m.role in ['admin', 'editor']) && !db.members.exists(b, b.user == doc.owner && b.role == 'blocked')`,
]

for (const policy of policies) {
  test(`R19 through writers every live query is what a fresh list answers: ${policy}`, async () => {
    const { names, table } = await collections(policy)
    const pick = <T>(from: readonly T[]) => from[Math.floor(Math.random() * from.length)]!
    const teams = ['red', 'blue', 'green', null]
    const users = ['ann', 'bob', 'cay']
    const ids = Array.from({ length: 25 }, () => randomUUID())
    const memberIds = Array.from({ length: 12 }, () => randomUUID())
    const putDoc = (tx: Pick<Tx, 'query'>) =>
      tx.query(sql`insert into ${table.docs} (id, team, owner, n)
        values (${pick(ids)}, ${pick(teams)}, ${pick([...users, null])}, ${pick([1, 2, 3, 4, 5, 6, 7, 8, null])})
        on conflict (id) do update set team = excluded.team, owner = excluded.owner, n = excluded.n`)
    const putMember = (tx: Pick<Tx, 'query'>) =>
      tx.query(sql`insert into ${table.members} (id, team, "user", role)
        values (${pick(memberIds)}, ${pick(teams)}, ${pick([...users, null])}, ${pick(['admin', 'editor', 'blocked', null])})
        on conflict (id) do update set team = excluded.team, "user" = excluded."user", role = excluded.role`)
    const steps: readonly ((tx: Pick<Tx, 'query'>) => Promise<unknown>)[] = [
      putDoc,
      putDoc,
      putDoc,
      putMember,
      tx => tx.query(sql`delete from ${table.docs} where id = ${pick(ids)}`),
      tx => tx.query(sql`delete from ${table.members} where id = ${pick(memberIds)}`),
      tx => tx.query(sql`update ${table.docs} set n = ${pick([1, 9])} where team = ${pick(teams)}`),
      tx => tx.query(sql`update ${table.members} set team = ${pick(teams)} where "user" = ${pick(users)}`),
    ]
    const write = () =>
      Math.random() < 0.6
        ? pick(steps)(server.db)
        : server.db
            .transaction(async tx => {
              for (let step = 0; step < 3; step++) await pick(steps)(tx)
              if (Math.random() < 0.1) throw new Error('rolled back on purpose')
            })
            // Two of them may wait for each other's rows; Postgres ends one.
            .catch(() => {})
    const watched = await Promise.all(
      users.map(async uid => {
        const client = await connect(uid)
        questions.forEach((question, s) => client.send({ t: 'sub', id: s, coll: names.docs, ...question }))
        return { client, headers: { authorization: `Bearer ${await server.token(uid)}` } }
      }),
    )
    const sorted = (rows: Iterable<unknown>) =>
      ([...rows] as { id: string }[]).sort((x, y) => (x.id < y.id ? -1 : 1))
    for (let round = 0; round < 4; round++) {
      await Promise.all(
        [1, 2].map(async () => {
          for (let i = 0; i < 20; i++) await write().catch(() => {})
        }),
      )
      for (const { client, headers } of watched) {
        const fresh: unknown[] = []
        for (const { q } of questions) {
          const { body } = await server.request('GET', `/data/${names.docs}?${q}`, {
            headers: { apikey: server.publishableKey, ...headers },
          })
          fresh.push(sorted(body as unknown[]))
        }
        const shown = () => {
          const views = playFrames(client.frames)
          return questions.map((_, s) => sorted(views.get(s)?.values() ?? []))
        }
        const text = JSON.stringify(fresh)
        const problem = client.frames.find(({ t }) => t === 'err')
        assert.equal(problem, undefined, JSON.stringify(problem))
        await until(() => JSON.stringify(shown()) === text, `round ${round} is as listed`).catch(() =>
          questions.forEach(({ q }, s) => assert.deepEqual(shown()[s], fresh[s], `round ${round}: ${q}`)),
        )
      }
    }
    for (const { client } of watched) {
      assert.deepEqual(
        client.frames.filter(({ t }) => t === 'err'),
        [],
      )
      client.close()
    }
  })
}
