import { monitorEventLoopDelay, performance, type EventLoopUtilization } from 'node:perf_hooks'
import type { ProcessState } from '@cloudbox/protocol/monitoring'
import type { Database } from '../../../kernel/db.ts'
import type { Level } from '../../../kernel/observer.ts'
import { version } from '../../../kernel/version.ts'

/** How often the event loop is looked at; what a timer is late includes this. */
const resolutionMs = 20
const nsPerMs = 1e6

/** Watches this process: memory, event loop, connections to Postgres. */
export class ProcessMeter {
  readonly #db: Database
  readonly #worker: number | undefined
  readonly #delay = monitorEventLoopDelay({ resolution: resolutionMs })
  #utilization: EventLoopUtilization = performance.eventLoopUtilization()
  #eventLoop: ProcessState['eventLoop'] = { p50: 0, p99: 0, max: 0, busy: 0 }

  constructor(db: Database, worker: number | undefined) {
    this.#db = db
    this.#worker = worker
    this.#delay.enable()
  }

  /** Levels at the end of a window, and what the event loop was like in it. */
  turn(): Level[] {
    const now = performance.eventLoopUtilization()
    const { utilization: busy } = performance.eventLoopUtilization(now, this.#utilization)
    this.#utilization = now
    const late = (ns: number) => Math.max(0, Math.round((ns / nsPerMs - resolutionMs) * 1000) / 1000)
    const { count } = this.#delay
    this.#eventLoop = {
      p50: count === 0 ? 0 : late(this.#delay.percentile(50)),
      p99: count === 0 ? 0 : late(this.#delay.percentile(99)),
      max: count === 0 ? 0 : late(this.#delay.max),
      busy: Math.round(busy * 1000) / 1000,
    }
    this.#delay.reset()
    const pool = this.#db.pool()
    return [
      { name: 'poolBusy', value: pool.busy },
      { name: 'poolWaiting', value: pool.waiting },
      { name: 'eventLoop', value: this.#eventLoop.max },
      { name: 'memory', value: process.memoryUsage.rss() },
    ]
  }

  /** How this process is, now. */
  state(): ProcessState {
    const { rss, heapUsed } = process.memoryUsage()
    return {
      worker: this.#worker ?? null,
      pid: process.pid,
      version,
      node: process.versions.node,
      startedAt: Math.round(performance.timeOrigin),
      memory: rss,
      heap: heapUsed,
      eventLoop: this.#eventLoop,
      pool: this.#db.pool(),
    }
  }

  stop(): void {
    this.#delay.disable()
  }
}
