import type { Clock } from '../../../kernel/clock.ts'
import type { Database } from '../../../kernel/db.ts'
import type { Log } from '../../../kernel/log.ts'
import type { Peers } from '../../../kernel/peers.ts'
import { Gathered, type Report } from '../counting/report.ts'
import { addDays, dayOf } from '../people/periods.ts'
import type { Salts } from '../people/salts.ts'
import { addCounts, closePeriods, forgetCounts } from './store.ts'

export const takeQuestion = 'usage.take'

export interface CollectorOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  readonly peers: Peers
  readonly salts: Salts
  readonly keptDays: number
  /** All environments there are, removed ones that can be brought back too. */
  environmentIds(): Promise<readonly string[]>
}

/** Fetches what all processes have counted and writes it, and ends what is over. Runs in one of them. */
export class Collector {
  readonly #options: CollectorOptions
  readonly #gathered = new Gathered()
  #forgotOn = ''

  constructor(options: CollectorOptions) {
    this.#options = options
  }

  async collect(): Promise<void> {
    const { db, clock, log, peers, salts } = this.#options
    // What comes after this moment belongs to no period that is ended below.
    const now = clock.now()
    const reports = await peers.ask<Report>(takeQuestion, null)
    for (const report of reports) this.#gathered.add(report)
    const lost = reports.reduce((sum, report) => sum + report.lost, 0)
    if (lost > 0) log.warn('usage.people-lost', { people: lost })
    await this.write()
    await salts.destroy(now)
    await closePeriods(db, now)
    await this.#forget(dayOf(now))
  }

  /** Writes what waits; while the database is away it goes on waiting. */
  async write(last?: Report): Promise<void> {
    if (last !== undefined) this.#gathered.add(last)
    const taken = this.#gathered.take()
    try {
      await addCounts(this.#options.db, taken.days, taken.people)
    } catch (error) {
      this.#gathered.putBack(taken)
      throw error
    }
  }

  async #forget(today: string): Promise<void> {
    if (this.#forgotOn === today) return
    const { db, keptDays, environmentIds } = this.#options
    await forgetCounts(db, addDays(today, -keptDays), await environmentIds())
    this.#forgotOn = today
  }
}
