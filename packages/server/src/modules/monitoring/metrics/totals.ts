import type { ProcessState } from '@cloudbox/protocol/monitoring'
import type { Level, Observer } from '../../../kernel/observer.ts'
import { readReport, writeReport, type Report } from '../counting/report.ts'
import { Counted, countedOf, type CountedWindow } from '../counting/window.ts'

/** Everything since the start, of one process or of all. */
export interface TotalCounts {
  /** Without how durations are spread. */
  readonly byEnvironment: Map<string, Counted>
  readonly all: Counted
}

/** What a process tells of itself; plain data. */
export interface ProcessTotals {
  readonly report: Report
  readonly process: ProcessState
  readonly cpuSeconds: number
  readonly levels: readonly Level[]
}

const everywhere = 'all'

/** Counts of this process since it started. */
export class Totals implements TotalCounts {
  readonly byEnvironment = new Map<string, Counted>()
  readonly all = new Counted()

  add({ environments }: CountedWindow): void {
    for (const [id, { tallies }] of environments) {
      const own = countedOf(this.byEnvironment, id)
      for (const [key, tally] of tallies) {
        own.tally(key).mergeSums(tally)
        this.all.tally(key).merge(tally)
      }
    }
  }

  /** The same with what has begun since. */
  with(current: CountedWindow): Totals {
    const whole = new Totals()
    whole.join(this)
    whole.add(current)
    return whole
  }

  join({ byEnvironment, all }: TotalCounts): void {
    for (const [id, counted] of byEnvironment) countedOf(this.byEnvironment, id).join(counted)
    this.all.join(all)
  }

  write(observer: Observer): Report {
    const environments = new Map([...this.byEnvironment, [everywhere, this.all]])
    return writeReport(observer, [{ at: 0, environments }])
  }

  static read(observer: Observer, report: Report): Totals {
    const totals = new Totals()
    for (const { environments } of readReport(observer, report)) {
      const { [everywhere]: all = new Counted(), ...rest } = Object.fromEntries(environments)
      totals.join({ byEnvironment: new Map(Object.entries(rest)), all })
    }
    return totals
  }
}
