import type { Clock } from '../../../kernel/clock.ts'
import type { Database } from '../../../kernel/db.ts'
import { guardedFetch } from '../../../kernel/egress.ts'
import type { Log } from '../../../kernel/log.ts'
import { reasonOf } from '../notices/send.ts'
import { noteHeartbeat } from './watch.ts'

export interface HeartbeatOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  /** Empty: nobody is told. */
  readonly url: string
  readonly everyMs: number
}

/** Who runs the server has named the address, so it may be anywhere. */
const ask = guardedFetch({ allowPrivate: true, timeoutMs: 10_000 })

/** Tells somebody outside that rules are judged: when it stops, he notices. */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  readonly #stopping = new AbortController()
  #beatAt = -Infinity
  #running: Promise<void> = Promise.resolve()
  #isFailing = false

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  /** Rules were judged just now. */
  judged(): void {
    const { url, clock, everyMs } = this.#options
    const now = clock.now()
    // Windows do not end to the millisecond.
    if (url === '' || Math.abs(now - this.#beatAt) < everyMs - 1000) return
    this.#beatAt = now
    this.#running = this.#running.then(() => this.#beat(now))
  }

  stop(): Promise<void> {
    this.#stopping.abort()
    return this.#running
  }

  async #beat(now: number): Promise<void> {
    const { db, url, log } = this.#options
    let failure: string | null = null
    try {
      const answer = await ask(url, { method: 'POST', signal: this.#stopping.signal })
      if (!answer.ok) failure = `answered ${answer.status}`
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      failure = reasonOf(error)
    }
    if (failure !== null && !this.#isFailing) log.warn('alerts.heartbeat-failed', { reason: failure })
    this.#isFailing = failure !== null
    await noteHeartbeat(db, now, failure).catch((error: unknown) =>
      log.warn('alerts.heartbeat-unnoted', { error }),
    )
  }
}
