import { setTimeout as delay } from 'node:timers/promises'
import type { AlertsDeps } from '../deps.ts'
import { deliver } from './deliver.ts'
import { leaseNotices, nextDueMs, type Leased } from './lease-notices.ts'
import { Places } from './places.ts'

/** After this without the database, another try. */
const troubleMs = 5000
/** What is due and has no place is looked at again as soon as one is free, and after this. */
const restMs = 500
const longestMs = 3_600_000
const stopGraceMs = 3000

/** Sends notices as soon as they are due and have a place. */
export class Deliverer {
  readonly #deps: AlertsDeps
  readonly #places = new Places()
  readonly #sending = new Set<Promise<void>>()
  #running: Promise<void> | undefined
  #isAsked = false
  #isStopped = false
  #timer: NodeJS.Timeout | undefined

  constructor(deps: AlertsDeps) {
    this.#deps = deps
  }

  /** There may be something to send. */
  wake(): void {
    if (this.#isStopped) return
    this.#isAsked = true
    if (this.#running !== undefined) return
    clearTimeout(this.#timer)
    this.#running = this.#run().finally(() => {
      this.#running = undefined
      if (this.#isAsked) this.wake()
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    // What is cut off is sent by the next who starts.
    await Promise.race([this.#untilIdle(), delay(stopGraceMs, undefined, { ref: false })])
  }

  async #untilIdle(): Promise<void> {
    await this.#running
    await Promise.all(this.#sending)
  }

  async #run(): Promise<void> {
    this.#isAsked = false
    let nextMs: number | undefined
    try {
      const { db } = this.#deps
      for (const notice of await leaseNotices(db, this.#places)) this.#send(notice)
      nextMs = await nextDueMs(db)
    } catch (error) {
      if (!this.#isStopped) this.#deps.log.warn('alerts.notices-unreachable', { error })
      nextMs = troubleMs
    }
    if (nextMs === undefined || this.#isStopped) return
    this.#timer = setTimeout(() => this.wake(), Math.min(Math.max(nextMs + 10, restMs), longestMs)).unref()
  }

  #send(notice: Leased): void {
    this.#places.take(notice)
    const sending = deliver(this.#deps, notice).finally(() => {
      this.#places.leave(notice)
      this.#sending.delete(sending)
      this.wake()
    })
    this.#sending.add(sending)
  }
}
