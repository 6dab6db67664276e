import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { createClient, type AnyRow } from '@cloudbox/client'
import { processesOfCluster, waitUntil } from '@cloudbox/server/kernel/postgres/processes'
import { faultTest, rounds } from './testing/fault-test.ts'
import { everything, someQueries } from './testing/queries.ts'
import type { Random } from './testing/random.ts'
import { bugsOf, startServerProcess, type ServerProcess } from './testing/server-process.ts'
import { makeThings, persist, things, Writer } from './testing/writers.ts'

const serverKills = 10 * rounds
const postmasterKills = 3 * rounds
const backendKills = 2 * rounds

faultTest(
  'the server and Postgres killed again and again: what was acknowledged stays, everybody catches up',
  async (t, random) => {
    const server = await startServerProcess(t)
    await makeThings(server)
    const scene = await watch(t, server, random)
    const kills = shuffle(random, [
      ...Array.from({ length: serverKills }, () => killServer),
      ...Array.from({ length: postmasterKills }, () => killPostmaster),
      ...Array.from({ length: backendKills }, () => killBackend),
    ])
    for (const kill of kills) {
      await scene.writes(random.integer(2, 20))
      const acknowledged = scene.writers.map(writer => writer.acknowledged)
      await kill(server, random)
      // Those who write hear of it by themselves: the next write is the proof that everything is back.
      await scene.writes(scene.writers.length)
      const rows = await scene.rows()
      scene.writers.forEach((writer, at) => {
        const n = writer.checkMoment(rows)
        assert.ok(
          n >= acknowledged[at]!,
          `${writer.name}: write ${acknowledged[at]} was acknowledged, ${n} is there`,
        )
      })
    }
    await scene.settle()
    assert.deepEqual(bugsOf(server), [])
    t.diagnostic(
      `${kills.length} kills, ${scene.writers.map(({ acknowledged }) => acknowledged).join('+')} writes`,
    )
  },
)

async function killServer(server: ServerProcess): Promise<void> {
  await server.kill()
  await server.start()
}

async function killPostmaster(server: ServerProcess): Promise<void> {
  const back = server.heard('postgres.restarted')
  process.kill(server.postgresPid(), 'SIGKILL')
  await back
}

/** Any process of Postgres but its first: Postgres itself then ends all others and recovers. */
async function killBackend(server: ServerProcess, random: Random): Promise<void> {
  const postmaster = server.postgresPid()
  const others = () => processesOfCluster(server.pgData).filter(pid => pid !== postmaster)
  let pids = others()
  // One that ends by itself at this very moment kills nobody.
  while (!isKilled(random.pick(pids))) pids = others()
  const areGone = () => !processesOfCluster(server.pgData).some(pid => pids.includes(pid))
  assert.ok(await waitUntil(areGone, 60_000), 'Postgres ends what a killed process leaves')
}

function isKilled(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** Writers that never give up and witnesses of all kinds of queries. */
async function watch(t: TestContext, server: ServerProcess, random: Random) {
  const direct = createClient(server.environmentUrl, server.secretKey)
  const user = createClient(server.environmentUrl, server.publishableKey, {
    token: await server.token('ada'),
  })
  t.after(() => [direct, user].forEach(box => box.close()))
  const writers = [0, 1].map(number => new Writer(t, number, direct, random))
  const watched = [
    ...[everything, ...someQueries].map(query => ({
      query,
      box: direct,
      witness: query.watch(direct, writers),
    })),
    ...someQueries.map(query => ({ query, box: user, witness: query.watch(user, []) })),
  ]
  let isOver = false
  let count = 0
  let wake = () => {}
  const writing = Promise.all(
    writers.map(async writer => {
      while (!isOver && !t.signal.aborted) {
        await writer.write()
        count++
        wake()
      }
    }),
  )
  return {
    direct,
    writers,
    /** Waits for this many more writes. */
    async writes(more: number): Promise<void> {
      const end = count + more
      while (count < end) {
        for (const { witness } of watched) witness.check()
        await Promise.race([new Promise<void>(resolve => (wake = resolve)), writing])
      }
    },
    /** Everything there is, asked until it is answered: Postgres may still be ending what a killed backend left. */
    async rows(): Promise<readonly AnyRow[]> {
      let rows: readonly AnyRow[] = []
      await persist(t.signal, async () => {
        const { data, error } = await direct.collection(things).order('id')
        rows = data ?? []
        return { error }
      })
      return rows
    },
    async settle(): Promise<void> {
      isOver = true
      await writing
      for (const { query, box, witness } of watched) await witness.shows(await query.ask(box))
    },
  }
}

function shuffle<Item>(random: Random, items: readonly Item[]): Item[] {
  return items
    .map(item => ({ item, at: random.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
