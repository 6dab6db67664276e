import { startChild, type Child } from '../child.ts'
import { median, plain, type Figure } from '../figure.ts'
import type { ListenerTime } from '../listener-time.ts'
import { bars } from '../picture.ts'
import { cpuOf } from '../processes.ts'
import type { Report } from '../report.ts'
import { setStage } from '../stage.ts'
import { insertTask, writeSteadily } from '../steady-writes.ts'
import type { Heard } from '../subscribers.ts'
import { tasks } from '../task.ts'

const sizes = [100, 1000, 10_000]
const sockets = 100
const perSecond = 1000
const writes = 2000
const rounds = 3

interface Measured extends Heard {
  readonly matchUs: number
  readonly meanUs: number
  readonly serverCpuUs: number
}

/** One collection with its subscriptions. */
interface Place {
  readonly size: number
  readonly ears: Child<unknown>
  readonly statement: string
  readonly seen: Measured[]
}

/** What it costs to find the one subscription a change is for, among few and among many. */
export async function matching(say: (text: string) => void): Promise<Report> {
  const stage = await setStage({ documents: 0, say })
  const { product, pool, socketUrl, userToken } = stage
  const places: Place[] = []
  for (const size of sizes) {
    say(`subscribing ${size} different queries`)
    const collection = `tasks_${size}`
    await stage.call('/data/$collections', { ...tasks, name: collection })
    const ears = await startChild<{ connectMs: number }>('./subscribers.ts', {
      url: socketUrl,
      sockets,
      live: { token: userToken, collection, query: 'priority=eq.#', perSocket: size / sockets },
    })
    places.push({
      size,
      ears,
      statement: insertTask(`"${product.ready.schema}".${collection}`),
      seen: [],
    })
  }
  let from = 1
  const round = async ({ size, ears, statement }: Place, count: number): Promise<Measured> => {
    // A step that shares no factor with any size reaches subscriptions all over the place.
    const priorities = Array.from({ length: count }, (_, i) => ((from + i) * 7919) % size)
    const pace = { from, count, perSecond }
    from += count
    await ears.ask({ do: 'begin' })
    await product.ask({ do: 'listeners' })
    const before = cpuOf(product.pid)
    const committedAt = await writeSteadily(pool, { statement, priorities, ...pace })
    const heard = await ears.ask<Heard>({ do: 'judge', from: pace.from, committedAt, each: 1 })
    const { commits, ms, medianMs } = await product.ask<ListenerTime>({ do: 'listeners' })
    return {
      ...heard,
      matchUs: medianMs * 1000,
      meanUs: (ms * 1000) / commits,
      serverCpuUs: ((cpuOf(product.pid) - before) * 1000) / count,
    }
  }
  try {
    for (const place of places) await round(place, 500)
    for (let i = 0; i < rounds; i++) {
      say(`matching: round ${i + 1} of ${rounds}`)
      for (const place of places) place.seen.push(await round(place, writes))
    }
  } finally {
    for (const { ears } of places) await ears.stop()
    await stage.stop()
  }
  const figures: Figure[] = []
  const drawn: { size: number; us: number }[] = []
  for (const { size, seen } of places) {
    const among = `among ${size.toLocaleString('en')}`
    const middle = (of: (round: Measured) => number) => median(seen.map(of))
    const us = middle(one => one.matchUs)
    drawn.push({ size, us })
    figures.push(
      plain(`${among}: find, judge, write and queue a change, p50`, 'ms', us / 1000, '<= 0.1'),
      plain(`${among}: the same, mean`, 'ms', middle(one => one.meanUs) / 1000),
      plain(
        `${among}: processor time of the whole server`,
        'µs/commit',
        middle(one => one.serverCpuUs),
      ),
      plain(
        `${among}: commit to subscriber, p50`,
        'ms',
        middle(one => one.p50Ms),
      ),
      plain(
        `${among}: commit to subscriber, p99`,
        'ms',
        middle(one => one.p99Ms),
      ),
    )
  }
  const total = (of: (round: Measured) => number) =>
    places.flatMap(place => place.seen).reduce((sum, one) => sum + of(one), 0)
  const expected = places.length * rounds * writes
  return {
    title: 'Matching changes to subscriptions',
    about: `Subscriptions of one end user with one different filter each (\`priority=eq.<n>\`, joined with the policy \`doc.owner == auth.uid\`), over ${sockets} connections. Every commit inserts one row that concerns exactly one of them; ${perSecond} commits a second, ${rounds} rounds of ${writes} for each size in turn. The time of matching is taken inside the server around everything that listens to the change stream. With few commits a second it is longer (0.14 ms at 250 a second), since the caches then hold the work of other processes.`,
    figures: [
      ...figures,
      plain('among 10,000 against among 100', 'times', drawn.at(-1)!.us / drawn[0]!.us, '<= 1.5'),
      plain('delivered, of all that should be', '', total(one => one.delivered) / expected, '>= 1'),
      plain(
        'delivered twice or to somebody else',
        'changes',
        total(one => one.surplus),
        '<= 0',
      ),
    ],
    picture: bars({
      title: 'Finding the one subscription a change is for',
      subtitle:
        'time per commit inside the server, by the number of different live queries; the aim is 100 µs',
      series: ['µs per commit'],
      groups: drawn.map(({ size, us }) => ({
        label: `${size.toLocaleString('en')} queries`,
        bars: [{ label: '', text: `${us.toFixed(1)} µs`, parts: [{ value: us, series: 0 }] }],
      })),
      mark: { value: 100, label: 'aim' },
    }),
  }
}
