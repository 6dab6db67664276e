import type { Level, Observer } from '../../kernel/observer.ts'
import type { Transaction } from '../../kernel/stream.ts'
import type { Broker } from './broker.ts'
import type { Connection } from './connection.ts'
import type { News } from './tell.ts'

/** Hears what one commit meant to groups, and to how many receivers of each it was told. */
export type HearDelivery = (
  news: readonly News[],
  told: readonly number[],
  commit: Pick<Transaction, 'xid' | 'committedAtMs'>,
) => void

const calibrateEveryMs = 60_000

/**
 * The time since 1970 with fractions of a millisecond: that of the machine, which tells none, is ahead of the steady one by
 * the most it was ever seen to be.
 */
function preciseClock(): () => number {
  let ahead = -Infinity
  let until = 0
  return () => {
    const steady = performance.now()
    if (steady > until) {
      ahead = -Infinity
      until = steady + calibrateEveryMs
    }
    ahead = Math.max(ahead, Date.now() - steady)
    return steady + ahead
  }
}

/** Tells how long it was from a commit to the sockets, once for all receivers of a collection. */
export function observeDeliveries(observer: Observer): HearDelivery {
  const now = preciseClock()
  return (news, told, { xid, committedAtMs }) => {
    if (!observer.isOn) return
    // Sockets are written at the end of this turn; this comes behind.
    queueMicrotask(() => {
      const ms = Math.max(0, now() - committedAtMs)
      let [first] = news
      let times = 0
      const tell = () => {
        if (first === undefined || times === 0) return
        const [receiver] = first.group.members.keys()
        const operation = observer.operation('delivery', first.group.query.collection.name)
        observer.tell(operation, { environment: receiver?.environment, durationMs: ms, times, commit: xid })
      }
      news.forEach((part, i) => {
        if (part.group.query.collection !== first!.group.query.collection) {
          tell()
          first = part
          times = 0
        }
        times += told[i]!
      })
      tell()
    })
  }
}

/** Connections and live queries of each environment. */
export function* connectionLevels(open: ReadonlySet<Connection>, broker: Broker): Iterable<Level> {
  const byEnvironment = new Map<string, { connections: number; subscriptions: number }>()
  for (const connection of open) {
    const { id } = connection.environment
    const counts = byEnvironment.get(id) ?? { connections: 0, subscriptions: 0 }
    counts.connections++
    counts.subscriptions += broker.count(connection)
    byEnvironment.set(id, counts)
  }
  for (const [environmentId, { connections, subscriptions }] of byEnvironment) {
    yield { name: 'connections', environmentId, value: connections }
    yield { name: 'subscriptions', environmentId, value: subscriptions }
  }
}
