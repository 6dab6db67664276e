import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, test } from 'node:test'
import type { ClientFrame } from '@cloudbox/protocol/realtime'
import type { Tx } from '../../kernel/db.ts'
import { sql } from '../../kernel/sql.ts'
import { isMember, lookupScene } from './testing/lookup-scene.ts'
import { playFrames } from './testing/play-frames.ts'
import { until } from '../../testing/until.ts'

const { server, collections, connect } = await lookupScene({ after })

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
