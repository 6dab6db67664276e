import { startChild, type Child } from '../child.ts'
import { compared, plain } from '../figure.ts'
import type { Memory } from '../memory-after-collection.ts'
import type { Report } from '../report.ts'
import { setStage } from '../stage.ts'
import { heardPriority, insertTask, writeSteadily } from '../steady-writes.ts'
import type { Heard, SubscribersOptions } from '../subscribers.ts'

/** Two processes, so that neither needs more open files than systems usually allow. */
const processes = 2
const perProcess = 5000
const connections = processes * perProcess
const writes = 10

/** Many connections with a live query each: what they cost while nothing happens, and whether all of them hear. */
export async function connections10k(say: (text: string) => void): Promise<Report> {
  const stage = await setStage({ documents: 1000, say })
  const { product, floor, pool, socketUrl, userToken } = stage
  let from = 1
  const measure = async (side: 'product' | 'floor', options: SubscribersOptions) => {
    say(`connections: opening ${connections} to the ${side}`)
    const server: Child<unknown> = stage[side]
    const before = await server.ask<Memory>({ do: 'memory' })
    const start = performance.now()
    const ears = await Promise.all(
      Array.from({ length: processes }, () =>
        startChild('./subscribers.ts', { ...options, sockets: perProcess }),
      ),
    )
    const connectMs = performance.now() - start
    const open = await server.ask<Memory>({ do: 'memory' })
    say(`connections: a change for everybody of the ${side}`)
    const pace = { from, count: writes, perSecond: 1 }
    from += writes
    const statement = insertTask(`"${product.ready.schema}".tasks`)
    for (const one of ears) await one.ask({ do: 'begin' })
    const committedAt =
      side === 'product'
        ? await writeSteadily(pool, { statement, ...pace })
        : await floor.ask<number[]>({ do: 'write', ...pace })
    const heard = await Promise.all(
      ears.map(one => one.ask<Heard>({ do: 'judge', from: pace.from, committedAt, each: perProcess })),
    )
    for (const one of ears) await one.ask({ do: 'close' })
    for (const one of ears) await one.stop()
    const after = await server.ask<Memory>({ do: 'memory' })
    return {
      connectMs,
      rssKb: (open.rssBytes - before.rssBytes) / connections / 1024,
      usedKb: (open.usedBytes - before.usedBytes) / connections / 1024,
      keptKb: (after.usedBytes - before.usedBytes) / connections / 1024,
      delivered: heard.reduce((sum, one) => sum + one.delivered, 0),
      surplus: heard.reduce((sum, one) => sum + one.surplus, 0),
      lastMs: Math.max(...heard.map(one => one.lastP50Ms)),
    }
  }
  try {
    const theirs = await measure('floor', { url: floor.ready.base.replace('http', 'ws'), sockets: 0 })
    const ours = await measure('product', {
      url: socketUrl,
      sockets: 0,
      live: { token: userToken, collection: 'tasks', query: `priority=eq.${heardPriority}`, perSocket: 1 },
    })
    return {
      title: 'Ten thousand connections',
      about: `${connections.toLocaleString('en')} WebSocket connections with an end user's token and one live query each; ${writes} commits, one a second, concern all of them. Memory of the server process is read before and after they have connected, each time after a forced collection. The floor is a bare \`ws\` server that holds as many sockets and nothing else.`,
      figures: [
        compared('memory per connection (resident)', 'KB', [ours.rssKb], [theirs.rssKb]),
        plain('memory per connection (resident)', 'KB', ours.rssKb, '<= 20'),
        compared('memory per connection (in use: heap and buffers)', 'KB', [ours.usedKb], [theirs.usedKb]),
        plain('still in use per connection after all have left', 'KB', ours.keptKb),
        compared(
          'time until all are connected and live',
          's',
          [ours.connectMs / 1000],
          [theirs.connectMs / 1000],
        ),
        compared('commit to the last of them, p50', 'ms', [ours.lastMs], [theirs.lastMs]),
        compared('delivered', 'changes', [ours.delivered], [writes * connections], '>= 1'),
        plain('delivered twice', 'changes', ours.surplus, '<= 0'),
      ],
      notes: [
        'What the operating system keeps for a socket is not in these figures; it is the same for both.',
      ],
    }
  } finally {
    await stage.stop()
  }
}
