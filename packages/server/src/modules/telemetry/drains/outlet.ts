import { setTimeout as sleep } from 'node:timers/promises'
import type { DrainState } from '@cloudbox/protocol/telemetry'
import type { LogLine } from '../../../kernel/log.ts'
import { reasonOf } from './destination.ts'

export interface OutletOptions {
  /** Sends lines; rejects when they did not arrive. */
  send(lines: readonly LogLine[]): Promise<void>
  /** How long lines wait for others. */
  readonly gatherMs: number
  /** Called when it begins to fail, and when it works again. */
  turned(isFailing: boolean, why: string): void
}

const mostInBatch = 1000
const mostWaiting = 10_000
const firstPauseMs = 1000
const longestPauseMs = 60_000
/** A batch that was refused so often never will arrive: the next have their turn. */
const mostAttempts = 10
const lastAttemptMs = 3000

/** Lines on their way to one place: gathered, sent in order, tried again, and bounded. Nobody waits for it. */
export class Outlet {
  readonly #options: OutletOptions
  readonly #waiting: LogLine[] = []
  readonly #stopping = new AbortController()
  #sending: Promise<void> | undefined
  #isStopped = false
  /** Ends the wait for more lines; not that after a failure. */
  #gathered = () => {}
  /** Of those that are being sent. */
  #underWay = 0
  #delivered = 0
  #lost = 0
  #deliveredAt: number | null = null
  #failure: DrainState['failure'] = null

  constructor(options: OutletOptions) {
    this.#options = options
  }

  put(line: LogLine): void {
    if (this.#isStopped) {
      this.#lost++
      return
    }
    if (this.#waiting.length === mostWaiting) {
      this.#waiting.shift()
      this.#lost++
    }
    this.#waiting.push(line)
    if (this.#waiting.length >= mostInBatch) this.#gathered()
    this.#sending ??= this.#sendAll()
  }

  get state(): DrainState {
    return {
      delivered: this.#delivered,
      waiting: this.#waiting.length + this.#underWay,
      lost: this.#lost,
      deliveredAt: this.#deliveredAt,
      failure: this.#failure,
    }
  }

  /** Sends what waits, once; what does not arrive now is lost. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    let isLate = false
    const late = sleep(lastAttemptMs, undefined, { ref: false }).then(() => (isLate = true))
    // What is put meanwhile may need another sender.
    while (this.#sending !== undefined && !isLate) await Promise.race([this.#sending, late])
    this.#isStopped = true
    this.#lost += this.#waiting.splice(0).length
  }

  /** Its end is told in the same turn in which nothing waits any more: what is put later starts the next one. */
  async #sendAll(): Promise<void> {
    try {
      do {
        await this.#gather()
        const batch = this.#waiting.splice(0, mostInBatch)
        this.#underWay = batch.length
        await this.#sendBatch(batch)
        this.#underWay = 0
      } while (this.#waiting.length > 0)
    } finally {
      this.#sending = undefined
    }
  }

  async #sendBatch(batch: readonly LogLine[]): Promise<void> {
    let pauseMs = firstPauseMs
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#options.send(batch)
        this.#delivered += batch.length
        this.#deliveredAt = Date.now()
        if (this.#failure !== null) this.#turn(null)
        return
      } catch (error) {
        this.#turn(reasonOf(error))
        if (attempt === mostAttempts || this.#stopping.signal.aborted) {
          this.#lost += batch.length
          return
        }
        await this.#pause(pauseMs)
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      }
    }
  }

  #turn(why: string | null): void {
    const wasFailing = this.#failure !== null
    this.#failure = why === null ? null : { at: Date.now(), why }
    if (wasFailing !== (why !== null)) this.#options.turned(why !== null, why ?? '')
  }

  async #gather(): Promise<void> {
    if (this.#waiting.length >= mostInBatch) return
    const isFull = new Promise<void>(resolve => (this.#gathered = resolve))
    await Promise.race([this.#pause(this.#options.gatherMs), isFull])
  }

  /** Shorter when it is stopped. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#stopping
    await sleep(ms, undefined, { signal, ref: false }).catch(() => {})
  }
}
