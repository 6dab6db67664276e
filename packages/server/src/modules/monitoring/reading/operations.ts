import type { OperationSummary } from '@cloudbox/protocol/monitoring'
import type { Operation, OperationKind } from '../../../kernel/observation.ts'
import type { Counted } from '../counting/window.ts'
import { Point, rounded, valueAt } from './points.ts'

/** Who is told what was counted, bit by bit, and keeps what was done under each name. */
export class OperationsSum {
  readonly #operationAt: (index: number) => Operation
  readonly #kind: OperationKind | undefined
  readonly #points = new Map<number, Point>()

  constructor(operationAt: (index: number) => Operation, kind?: OperationKind) {
    this.#operationAt = operationAt
    this.#kind = kind
  }

  add({ tallies }: Counted): void {
    for (const [key, tally] of tallies) {
      const index = Math.floor(key / 4)
      if (this.#kind !== undefined && this.#operationAt(index).kind !== this.#kind) continue
      let point = this.#points.get(index)
      if (point === undefined) this.#points.set(index, (point = new Point()))
      point.add(tally, key % 4)
    }
  }

  /** Those that took most time first. */
  all(): OperationSummary[] {
    return [...this.#points]
      .sort(([, a], [, b]) => b.all.durationUs - a.all.durationUs)
      .map(([index, point]) => summarise(this.#operationAt(index), point))
  }
}

function summarise({ kind, name }: Operation, point: Point): OperationSummary {
  const { all, errors, refused } = point
  return {
    kind,
    operation: name,
    count: all.count,
    errors,
    refused,
    errorRate: valueAt('errorRate', point) ?? 0,
    mean: valueAt('mean', point) ?? 0,
    p50: valueAt('p50', point) ?? 0,
    p95: valueAt('p95', point) ?? 0,
    p99: valueAt('p99', point) ?? 0,
    max: rounded(all.durations.quantile(1)) ?? 0,
    database: rounded(all.databaseUs / 1000),
    databaseShare: valueAt('databaseShare', point) ?? 0,
    rows: all.rows,
    bytesIn: all.bytesIn,
    bytesOut: all.bytesOut,
  }
}

/** Everything of one kind together. */
export function totalOf(
  counted: Iterable<Counted>,
  operationAt: (index: number) => Operation,
  kind: OperationKind,
): Point {
  const total = new Point()
  for (const one of counted) addTo(total, one, operationAt, kind)
  return total
}

/** Adds what is of one kind. */
export function addTo(
  total: Point,
  { tallies }: Counted,
  operationAt: (index: number) => Operation,
  kind: OperationKind,
): void {
  for (const [key, tally] of tallies)
    if (operationAt(Math.floor(key / 4)).kind === kind) total.add(tally, key % 4)
}
