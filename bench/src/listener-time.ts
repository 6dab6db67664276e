import { defineModule, type AnyModule } from '@cloudbox/server/kernel/module'
import type { Transaction } from '@cloudbox/server/kernel/stream'

/** What those who listen to the change stream did since the last question. */
export interface ListenerTime {
  readonly commits: number
  readonly ms: number
}

/** A module that takes the time of everybody who listens to the change stream: decoding is before it, the sockets after it. */
export function listenerTime(): { module: AnyModule; take(): ListenerTime } {
  let commits = 0
  let ms = 0
  let last = ''
  const module = defineModule({
    name: 'bench',
    start: ({ stream }) => {
      const listen = stream.listen.bind(stream)
      stream.listen = hear =>
        listen((transaction: Transaction) => {
          const start = performance.now()
          hear(transaction)
          ms += performance.now() - start
          if (transaction.lsn !== last) commits++
          last = transaction.lsn
        })
      return {}
    },
  })
  const take = () => {
    const taken = { commits, ms }
    commits = 0
    ms = 0
    return taken
  }
  return { module, take }
}
