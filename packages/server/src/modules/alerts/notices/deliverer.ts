import { setTimeout as delay } from 'node:timers/promises'
import type { AlertsDeps } from '../deps.ts'
import { deliverDue, nextDueMs } from './deliver.ts'

/** After this without the database, another try. */
const troubleMs = 5000
const longestMs = 3_600_000
const stopGraceMs = 3000

/** Sends notices as soon as they are due. */
export class Deliverer {
  readonly #deps: AlertsDeps
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
    await Promise.race([this.#running, delay(stopGraceMs, undefined, { ref: false })])
  }

  async #run(): Promise<void> {
    this.#isAsked = false
    let nextMs: number | undefined
    try {
      await deliverDue(this.#deps)
      nextMs = await nextDueMs(this.#deps)
    } catch (error) {
      if (!this.#isStopped) this.#deps.log.warn('alerts.notices-unreachable', { error })
      nextMs = troubleMs
    }
    if (nextMs === undefined || this.#isStopped) return
    this.#timer = setTimeout(() => this.wake(), Math.min(nextMs + 10, longestMs)).unref()
  }
}
