import assert from 'node:assert/strict'
import { createClient, type AnyRow, type Client } from '@cloudbox/client'
import { faultTest, rounds } from './testing/fault-test.ts'
import { everything } from './testing/queries.ts'
import type { Random } from './testing/random.ts'
import { bugsOf, startServerProcess } from './testing/server-process.ts'
import { Witness } from './testing/witness.ts'
import { colors, makeThings, things, Writer } from './testing/writers.ts'

const subscriptionsInAll = 500 * rounds
const clientCount = 5
const atOnce = 60

faultTest(
  `${subscriptionsInAll} live queries start and stop while others write: each becomes what a query answers`,
  async (t, random) => {
    const server = await startServerProcess(t)
    await makeThings(server)
    const direct = createClient(server.environmentUrl, server.secretKey)
    const clients = Array.from({ length: clientCount }, () =>
      createClient(server.environmentUrl, server.secretKey),
    )
    t.after(() => [direct, ...clients].forEach(box => box.close()))
    const writers = [0, 1, 2, 3].map(number => new Writer(t, number, direct, random))
    const open = new Set<{ witness: Witness; ask: () => Promise<readonly AnyRow[]>; end: number }>()
    let started = 0
    const start = () => {
      const client = random.pick(clients)
      const end = random.integer(0, 12)
      started++
      // Each state of everything is held to the writers' histories at once, also of those that are stopped later.
      if (random.chance(0.3)) {
        open.add({ witness: everything.watch(client, writers), ask: () => everything.ask(direct), end })
        return
      }
      const query = anyQuery(random)
      const ask = async () => (await query(direct).orThrow()).data
      open.add({ witness: Witness.of('a live query', query(client)), ask, end })
    }
    const writing = writers.map(async writer => {
      while (started < subscriptionsInAll && !t.signal.aborted) {
        await writer.write()
        for (const one of open) {
          one.witness.check()
          // Some before their first answer, some after many.
          if (one.witness.snapshots < one.end || random.chance(0.5)) continue
          one.witness.stop()
          open.delete(one)
        }
        while (open.size < atOnce && started < subscriptionsInAll && random.chance(0.9)) start()
      }
    })
    await Promise.all(writing)
    for (const { ask, witness } of open) await witness.shows(await ask())
    assert.deepEqual(bugsOf(server), [])
    t.diagnostic(
      `${started} started, ${open.size} compared, ${writers.map(writer => writer.acknowledged).join('+')} writes`,
    )
  },
)

/** A query out of some hundred. */
function anyQuery(random: Random): (box: Client) => ReturnType<Client['collection']> {
  const color = random.pick(colors)
  const [size, limit] = [random.integer(0, 5), random.integer(1, 12)]
  const ascending = random.chance(0.5)
  return random.pick<(box: Client) => ReturnType<Client['collection']>>([
    box => box.collection(things).gte('size', size).order('id'),
    box => box.collection(things).eq('color', color).lte('size', size).order('n', { ascending }).order('id'),
    box => box.collection(things).order('size', { ascending }).limit(limit),
    box => box.collection(things).eq('color', color).order('n', { ascending }).limit(limit),
    box => box.collection(things).where(`doc.size >= ${size} || doc.owner == "ada"`).order('id').limit(limit),
  ])
}
