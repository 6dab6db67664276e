import type { Clock } from '../../../kernel/clock.ts'
import type { Database } from '../../../kernel/db.ts'
import type { Log } from '../../../kernel/log.ts'
import type { Observer } from '../../../kernel/observer.ts'
import { joinWindows } from '../counting/report.ts'
import type { CountedWindow } from '../counting/window.ts'
import type { KeptRequest } from '../kept/kept-request.ts'
import { addRequests, prepareRequests } from '../kept/stored-requests.ts'
import { compact, forget, type Retention } from './compact.ts'
import type { OperationsTable } from './operations-table.ts'
import type { StoredWindows } from './stored-windows.ts'

export interface WriterOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  readonly observer: Observer
  readonly operations: OperationsTable
  readonly windows: StoredWindows
  readonly retention: Retention
  /** All environments there are, removed ones that can be brought back too. */
  environmentIds(): Promise<readonly string[]>
}

/** What may wait for a database that is away: an hour, of as many counts as take about 30 MB. */
const mostWindows = 360
const mostTallies = 30_000
const mostKept = 1000
const forgetEveryMs = 600_000
const minuteMs = 60_000

/** Writes what was counted, and merges and removes what is old. What cannot be written waits, as much as there is room for. */
export class Writer {
  readonly #options: WriterOptions
  #waiting: CountedWindow[] = []
  #kept: KeptRequest[] = []
  #compactedMinute = 0
  #forgotAt = 0

  constructor(options: WriterOptions) {
    this.#options = options
  }

  /** Takes what is to be written. */
  put(windows: readonly CountedWindow[], kept: readonly KeptRequest[]): void {
    this.#waiting = joinWindows([...this.#waiting, ...windows])
    this.#kept.push(...kept)
    let tallies = this.#waiting.reduce((sum, window) => sum + talliesOf(window), 0)
    let lost = 0
    while (this.#waiting.length > mostWindows || (tallies > mostTallies && this.#waiting.length > 1)) {
      tallies -= talliesOf(this.#waiting.shift()!)
      lost++
    }
    this.#kept.splice(0, this.#kept.length - mostKept)
    if (lost > 0) this.#options.log.warn('monitoring.windows-lost', { windows: lost })
  }

  /** Writes what waits, in one transaction; gives the windows that were written, those of before among them. */
  async write(): Promise<readonly CountedWindow[]> {
    const { db, operations, windows, observer } = this.#options
    const [waiting, kept] = [this.#waiting, this.#kept]
    if (waiting.length === 0 && kept.length === 0) return []
    await windows.prepare(waiting)
    await prepareRequests(db, operations, observer, kept)
    await db.transaction(async tx => {
      await windows.add(tx, waiting)
      await addRequests(tx, operations, observer, kept)
    })
    // What came meanwhile was put behind.
    this.#waiting = this.#waiting.filter(window => !waiting.includes(window))
    this.#kept = this.#kept.slice(kept.length)
    return waiting
  }

  /** Merges and removes what is due. */
  async tidy(): Promise<void> {
    const { db, clock, windows, retention, environmentIds } = this.#options
    const now = clock.now()
    const minute = Math.floor(now / minuteMs)
    if (minute === this.#compactedMinute) return
    await compact(db, windows, now)
    this.#compactedMinute = minute
    if (Math.abs(now - this.#forgotAt) < forgetEveryMs) return
    await forget(db, retention, now, await environmentIds())
    this.#forgotAt = now
  }
}

function talliesOf({ environments }: CountedWindow): number {
  return [...environments.values()].reduce((sum, { tallies }) => sum + tallies.size, 0)
}
