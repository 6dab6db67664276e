import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { ClientFrame } from '@cloudbox/protocol/realtime'
import { sql } from '../../kernel/sql.ts'
import { held, holds, isLive, isMember, lookupScene, resets, wasSent } from './testing/lookup-scene.ts'
import { playFrames } from './testing/play-frames.ts'
import { until } from '../../testing/until.ts'

const { server, collections, connect } = await lookupScene({ after })

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
