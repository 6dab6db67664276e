import { setTimeout as delay } from 'node:timers/promises'
import type { Environment } from '../../../kernel/caller.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { Database } from '../../../kernel/db.ts'
import type { Log } from '../../../kernel/log.ts'
import type { Observer } from '../../../kernel/observer.ts'
import type { Peers } from '../../../kernel/peers.ts'
import { windowMs } from '../counting/recorder.ts'
import { joinWindows, readReport, writeReport, type Report } from '../counting/report.ts'
import { countedOf, nowhere, type CountedWindow, type LevelName } from '../counting/window.ts'
import { readSlotLag, readStorage } from '../now/database-levels.ts'
import type { Writer } from './writer.ts'

export const takeQuestion = 'monitoring.take'
export const finishedQuestion = 'monitoring.finished'

export interface CollectorOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  readonly observer: Observer
  readonly peers: Peers
  readonly writer: Writer
  environments(): readonly Environment[]
  /** Hears of what was written. */
  written(windows: readonly CountedWindow[]): Promise<void>
}

/** Windows end at whole ten seconds; by then every process has noticed. */
const patienceMs = 300
const storageEveryMs = 300_000

/** Fetches what all processes have counted, has it written, and tells them all what it was. Runs in one of them. */
export class Collector {
  readonly #options: CollectorOptions
  readonly #stopping = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #hearNothing = () => {}
  #storage: ReadonlyMap<string, number> = new Map()
  #toldStorage = new Map<string, number>()
  #storageAt = -Infinity
  #isFailing = false

  constructor(options: CollectorOptions) {
    this.#options = options
  }

  begin(): void {
    this.#hearNothing = this.#options.clock.onJump(() => this.collect())
    void this.#repeat()
  }

  /** Collects now; when it resolves, what was counted until now is written or waits to be. */
  collect(): Promise<void> {
    return (this.#running = this.#running.then(() => this.#collect()))
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#hearNothing()
    await this.#running
  }

  async #repeat(): Promise<void> {
    const { signal } = this.#stopping
    for (;;) {
      const sinceMs = this.#options.clock.now() % windowMs
      await delay(windowMs - sinceMs + patienceMs, undefined, { signal, ref: false }).catch(() => {})
      if (signal.aborted) return
      await this.collect()
    }
  }

  async #collect(): Promise<void> {
    const { observer, peers, writer, log } = this.#options
    try {
      const reports = await peers.ask<Report>(takeQuestion, null)
      const windows = joinWindows(reports.flatMap(report => readReport(observer, report)))
      await this.#addLevels(windows)
      writer.put(
        windows,
        reports.flatMap(({ kept }) => kept),
      )
      let written: readonly CountedWindow[]
      try {
        written = await writer.write()
      } finally {
        // Those who hear of it read what was written.
        void peers.ask(finishedQuestion, writeReport(observer, windows)).catch(() => {})
      }
      await this.#options.written(written)
      await writer.tidy()
      this.#isFailing = false
    } catch (error) {
      // Every ten seconds would be too often to say the same.
      if (!this.#isFailing) log.warn('monitoring.write-failed', { error })
      this.#isFailing = true
    }
  }

  /** What only the database knows, as of now, for the newest of them. */
  async #addLevels(windows: readonly CountedWindow[]): Promise<void> {
    const { db, clock, environments } = this.#options
    const newest = windows.at(-1)
    if (newest === undefined) return
    const set = (environmentId: string, name: LevelName, value: number) =>
      countedOf(newest.environments, environmentId).levels.set(name, {
        samples: 1,
        sum: value,
        highest: value,
      })
    try {
      const lag = await readSlotLag(db)
      if (lag !== null) set(nowhere, 'slotLag', Math.max(0, lag))
      if (Math.abs(clock.now() - this.#storageAt) >= storageEveryMs) {
        this.#storage = await readStorage(db, environments())
        this.#storageAt = clock.now()
      }
    } catch {
      // What was counted is to be kept all the same; that the database is away is told by the writing.
    }
    for (const [id, bytes] of this.#storage) {
      if (!newest.environments.has(id) && this.#toldStorage.get(id) === bytes) continue
      set(id, 'storage', bytes)
      this.#toldStorage.set(id, bytes)
    }
  }
}
