import type { OperationSummary } from '@cloudbox/protocol/monitoring'
import type { Operation, OperationKind } from '../../../kernel/observation.ts'
import type { Counted } from '../counting/window.ts'
import { Point, rounded, valueAt } from './points.ts'

/** What was done under each name, those that took most time first. */
export function summariseOperations(
  counted: Iterable<Counted>,
  operationAt: (index: number) => Operation,
  kind?: OperationKind,
): OperationSummary[] {
  const points = new Map<number, Point>()
  for (const { tallies } of counted)
    for (const [key, tally] of tallies) {
      const index = Math.floor(key / 4)
      if (kind !== undefined && operationAt(index).kind !== kind) continue
      let point = points.get(index)
      if (point === undefined) points.set(index, (point = new Point()))
      point.add(tally, key % 4)
    }
  return [...points]
    .sort(([, a], [, b]) => b.all.durationUs - a.all.durationUs)
    .map(([index, point]) => summarise(operationAt(index), point))
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
  for (const { tallies } of counted)
    for (const [key, tally] of tallies)
      if (operationAt(Math.floor(key / 4)).kind === kind) total.add(tally, key % 4)
  return total
}
