import type { Metric, Outcome } from '@cloudbox/protocol/monitoring'
import { Tally, type LevelTally } from '../counting/tally.ts'
import type { LevelName } from '../counting/window.ts'

export type OperationMetric = Exclude<Metric, LevelName>

/** What was counted together, whatever the outcome. */
export class Point {
  readonly all = new Tally()
  errors = 0
  refused = 0

  add(tally: Tally, outcome: number): void {
    this.all.merge(tally)
    if (outcome === 3) this.errors += tally.count
    else if (outcome === 2) this.refused += tally.count
  }

  merge(other: Point): void {
    this.all.merge(other.all)
    this.errors += other.errors
    this.refused += other.refused
  }
}

export const outcomeNames: readonly Outcome[] = ['2xx', '3xx', '4xx', '5xx']

const readers: Readonly<Record<OperationMetric, (point: Point) => number | null>> = {
  count: ({ all }) => all.count,
  errors: ({ errors }) => errors,
  refused: ({ refused }) => refused,
  errorRate: ({ all, errors }) => part(errors, all.count),
  mean: ({ all }) => rounded(part(all.durationUs / 1000, all.count)),
  p50: ({ all }) => rounded(all.durations.quantile(0.5)),
  p95: ({ all }) => rounded(all.durations.quantile(0.95)),
  p99: ({ all }) => rounded(all.durations.quantile(0.99)),
  database: ({ all }) => rounded(all.databaseUs / 1000),
  databaseShare: ({ all }) => part(all.databaseUs, all.durationUs),
  rows: ({ all }) => all.rows,
  bytesIn: ({ all }) => all.bytesIn,
  bytesOut: ({ all }) => all.bytesOut,
}

/** What a metric of operations is at a point; where nothing was done, sums are 0 and the rest is null. */
export function valueAt(metric: OperationMetric, point: Point | undefined): number | null {
  return readers[metric](point ?? nothing)
}

const nothing = new Point()

/** What a level was: its mean, or the worst where a mean says nothing. */
export function levelAt(name: LevelName, level: LevelTally | undefined): number | null {
  if (level === undefined) return null
  return rounded(name === 'eventLoop' ? level.highest : level.sum / level.samples)
}

function part(some: number, all: number): number | null {
  return all === 0 ? null : some / all
}

/** µs are as exact as anything is measured. */
export function rounded<T extends number | null>(value: T): T {
  return (value === null ? null : Math.round(value * 1000) / 1000) as T
}
