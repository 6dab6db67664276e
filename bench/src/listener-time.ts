import { median } from './figure.ts'
import { defineModule, type AnyModule } from '@cloudbox/server/kernel/module'
import type { Transaction } from '@cloudbox/server/kernel/stream'

/** What those who listen to the change stream did since the last question. */
export interface ListenerTime {
  readonly commits: number
  readonly ms: number
  /** Of one commit in the middle: the mean also holds what the machine did meanwhile. */
  readonly medianMs: number
}

/** A module that takes the time of everybody who listens to the change stream: decoding is before it, the sockets after it. */
export function listenerTime(): { module: AnyModule; take(): ListenerTime } {
  let times: number[] = []
  let last = ''
  const module = defineModule({
    name: 'bench',
    start: ({ stream }) => {
      const listen = stream.listen.bind(stream)
      stream.listen = hear =>
        listen((transaction: Transaction) => {
          const start = performance.now()
          hear(transaction)
          const ms = performance.now() - start
          if (transaction.lsn === last) times[times.length - 1]! += ms
          else times.push(ms)
          last = transaction.lsn
        })
      return {}
    },
  })
  const take = () => {
    const taken = times
    times = []
    return {
      commits: taken.length,
      ms: taken.reduce((sum, ms) => sum + ms, 0),
      medianMs: taken.length === 0 ? 0 : median(taken),
    }
  }
  return { module, take }
}
