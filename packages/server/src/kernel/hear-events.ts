import type { Listener } from './events.ts'
import type { Log } from './log.ts'
import type { ChangeStream, EventChange } from './stream.ts'
import { sees, type TransactionSnapshot } from './stream/transaction-snapshot.ts'

/** The events of the change stream, for those who listen. */
export interface Events {
  /**
   * Calls these listeners from now on, first with what was heard since the beginning and is not in the snapshot, which
   * was taken before anybody read.
   */
  handTo(listeners: readonly Listener[], seen: TransactionSnapshot): void
  stop(): void
}

interface Heard {
  readonly event: EventChange
  readonly xid: bigint
}

/**
 * Hears events before anybody reads what they are about, so that none falls between. Those the snapshot sees (a start
 * reads the last minutes of the log again) are no news to anyone who reads later.
 */
export function hearEvents(stream: ChangeStream, log: Log): Events {
  const early: Heard[] = []
  let listeners: readonly Listener[] = []
  let known: TransactionSnapshot | undefined

  const hand = ({ event, xid }: Heard, seen: TransactionSnapshot) => {
    if (sees(seen, xid)) return
    for (const listener of listeners) {
      if (listener.event !== event.name) continue
      // A listener that fails is a bug, and stops nobody else.
      Promise.try(() => listener.handle(event.payload as never, { xid })).catch(error =>
        log.error('event.bug', { event: event.name, error }),
      )
    }
  }
  const stop = stream.listen(({ changes, xid }) => {
    for (const event of changes) {
      if (event.kind !== 'event') continue
      if (known === undefined) early.push({ event, xid })
      else hand({ event, xid }, known)
    }
  })
  return {
    handTo: (all, seen) => {
      listeners = all
      known = seen
      for (const heard of early.splice(0)) hand(heard, seen)
    },
    stop,
  }
}
