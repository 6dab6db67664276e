import assert from 'node:assert/strict'
import { createClient, type Client } from '@cloudbox/client'
import { faultTest, rounds } from './testing/fault-test.ts'
import type { Random } from './testing/random.ts'
import { bugsOf, startServerProcess } from './testing/server-process.ts'
import { Witness } from './testing/witness.ts'
import { idOf, makeThings, things } from './testing/writers.ts'

const steps = 40 * rounds
/** Far more than a window keeps beyond its limit, so that windows do not know the whole answer. */
const documents = 40

/** What a collection may allow while it is watched. */
const policies = [
  'doc.owner == null || doc.owner == auth.uid',
  'doc.owner == auth.uid',
  'doc.size > 1',
  'auth.uid == "ada" || doc.color == "red"',
  'db.crew.exists(c, c.color == doc.color && c.uid == auth.uid)',
  'doc.owner == auth.uid || !db.crew.exists(c, c.color == doc.color)',
]
/** Texts whose order is easily got wrong, and none. */
const texts = ['red', 'Red', 'réd', 'r', '', 'z', null]

type Ask = (box: Client) => ReturnType<Client['collection']>
const windows: readonly Ask[] = [
  box => box.collection(things).order('n', { ascending: false }).limit(1),
  box => box.collection(things).order('n').limit(4),
  box => box.collection(things).order('color').limit(5),
  box => box.collection(things).order('color', { ascending: false }).order('size').limit(3),
  box => box.collection(things).gte('size', 2).order('size', { ascending: false }).limit(4),
  box =>
    box.collection(things).where('doc.color != "r"').order('owner').order('n', { ascending: false }).limit(6),
  box => box.collection(things).limit(2),
  box =>
    box
      .collection(things)
      .order('size')
      .order('id')
      .limit(documents + 5),
  box => box.collection(things).neq('size', 3).order('id'),
]

faultTest('after every few commits each live window is what the query answers', async (t, random) => {
  const server = await startServerProcess(t)
  await makeThings(server)
  const crew = { name: 'crew', fields: { color: { type: 'text' }, uid: { type: 'text' } } }
  assert.equal((await server.request('POST', '/data/$collections', crew)).status, 201)
  const admin = createClient(server.environmentUrl, server.secretKey, { throwOnError: true })
  const users = await Promise.all(
    ['ada', 'bob'].map(async uid =>
      createClient(server.environmentUrl, server.publishableKey, { token: await server.token(uid) }),
    ),
  )
  t.after(() => [admin, ...users].forEach(box => box.close()))
  const watched = [admin, ...users].flatMap((box, who) =>
    windows.map((ask, at) => ({
      box,
      ask,
      witness: Witness.of(`window ${at} of ${['admin', 'ada', 'bob'][who]}`, ask(box)),
    })),
  )
  let n = 0
  await upsert(admin, random, ++n, documents)
  for (let step = 0; step < steps; step++) {
    for (let writes = random.integer(1, 4); writes > 0; writes--) await write(admin, random, ++n)
    if (random.chance(0.4)) await hire(admin, random)
    if (random.chance(0.15)) {
      const { status, body } = await server.request('PATCH', `/data/$collections/${things}`, {
        policies: { list: random.pick(policies) },
      })
      assert.equal(status, 200, JSON.stringify(body))
    }
    await Promise.all(
      watched.map(async ({ box, ask, witness }) => witness.shows((await ask(box).orThrow()).data)),
    )
  }
  assert.deepEqual(bugsOf(server), [])
})

/** Puts somebody to work on a color, or to no work at all. */
async function hire(admin: Client, random: Random): Promise<void> {
  const crew = admin.collection('crew')
  const id = idOf(1, random.integer(1, 4))
  if (random.chance(0.3)) await crew.eq('id', id).delete()
  else await crew.upsert([{ id, color: random.pick(texts), uid: random.pick(['ada', 'bob']) }])
}

/** Mostly an insert or update, now and then of several at once, now and then a delete, also of most there are. */
async function write(admin: Client, random: Random, n: number): Promise<void> {
  const all = admin.collection(things)
  if (random.chance(0.1)) await all.gte('size', random.integer(1, 5)).delete()
  else if (random.chance(0.15)) await all.in('id', [anyId(random), anyId(random)]).delete()
  else if (random.chance(0.18)) await all.eq('size', random.integer(0, 5)).update({ n, size: 3 })
  else await upsert(admin, random, n, random.chance(0.2) ? 20 : random.integer(1, 3))
}

const anyId = (random: Random) => idOf(0, random.integer(1, documents))

/** Puts so many documents, or a few less, each with fields of its own. */
async function upsert(admin: Client, random: Random, n: number, count: number): Promise<void> {
  const ids = new Set(Array.from({ length: count }, () => anyId(random)))
  const made = [...ids].map(id => ({
    id,
    writer: 'w',
    n,
    color: random.pick(texts),
    size: random.pick([0, 1, 2, 3, 4, 5, null]),
    owner: random.pick([null, 'ada', 'bob']),
  }))
  await admin.collection(things).upsert(made)
}
