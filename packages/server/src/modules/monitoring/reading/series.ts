import { metrics, type Metric, type SeriesReply } from '@cloudbox/protocol/monitoring'
import type { Operation, OperationKind } from '../../../kernel/observation.ts'
import { Counted, levelNames, type LevelName } from '../counting/window.ts'
import type { StoredWindow } from '../rollups/stored-windows.ts'
import { levelAt, outcomeNames, Point, valueAt, type OperationMetric } from './points.ts'
import type { Range } from './range.ts'

/** What is asked of a time. */
export interface SeriesQuestion {
  readonly metrics: readonly Metric[]
  readonly by?: 'operation' | 'outcome' | undefined
  readonly kind: OperationKind
  /** Only this one. */
  readonly operation?: string | undefined
  /** With `by=operation`: how many are told one by one, those that were done most often. */
  readonly top: number
}

/** Points of what was counted together. */
interface Line {
  readonly key: number
  readonly points: (Point | undefined)[]
  readonly total: Point
}

type Series = SeriesReply['series'][number]

/** Windows as columns of points. */
export function toSeries(
  windows: readonly StoredWindow[],
  range: Range,
  question: SeriesQuestion,
  operationAt: (index: number) => Operation,
): SeriesReply {
  const { from, to, step } = range
  const length = (to - from) / step
  const times = Array.from({ length }, (_, i) => from + i * step)
  const asked = question.metrics
  const ofOperations = asked.filter((metric): metric is OperationMetric => metrics[metric].ofOperations)
  const ofLevels = asked.filter(isLevel)
  const lines = ofOperations.length === 0 ? [] : linesOf(windows, range, question, operationAt)
  const levels = ofLevels.length === 0 ? [] : levelsOf(windows, range, length)
  const series = [
    ...lines.flatMap(line => ofOperations.map(metric => told(metric, line, question, operationAt))),
    ...ofLevels.map(name => toldLevel(name, levels)),
  ]
  return { from, to, step, times, series }
}

function isLevel(metric: Metric): metric is LevelName {
  return (levelNames as readonly string[]).includes(metric)
}

function told(
  metric: OperationMetric,
  { key, points, total }: Line,
  { by }: SeriesQuestion,
  operationAt: (index: number) => Operation,
): Series {
  return {
    metric,
    unit: metrics[metric].unit,
    operation: by === 'operation' && key >= 0 ? operationAt(key).name : null,
    ...(by === 'outcome' && { outcome: outcomeNames[key]! }),
    values: points.map(point => valueAt(metric, point)),
    total: valueAt(metric, total),
  }
}

const everything = 0
const rest = -1

function linesOf(
  windows: readonly StoredWindow[],
  { from, to, step }: Range,
  { by, kind, operation, top }: SeriesQuestion,
  operationAt: (index: number) => Operation,
): Line[] {
  const length = (to - from) / step
  const lines = new Map<number, Line>()
  const lineOf = (key: number): Line => {
    let line = lines.get(key)
    if (line === undefined)
      lines.set(key, (line = { key, points: Array.from({ length }, () => undefined), total: new Point() }))
    return line
  }
  if (by === undefined) lineOf(everything)
  if (by === 'outcome') outcomeNames.forEach((_, outcome) => lineOf(outcome))
  for (const { at, counted } of windows) {
    const place = Math.floor((at - from) / step)
    if (place < 0 || place >= length) continue
    for (const [key, tally] of counted.tallies) {
      const index = Math.floor(key / 4)
      const done = operationAt(index)
      if (done.kind !== kind || (operation !== undefined && done.name !== operation)) continue
      const outcome = key % 4
      const line = lineOf(by === 'operation' ? index : by === 'outcome' ? outcome : everything)
      const point = (line.points[place] ??= new Point())
      point.add(tally, outcome)
      line.total.add(tally, outcome)
    }
  }
  const all = [...lines.values()]
  if (by !== 'operation') return all
  const sorted = all.sort((a, b) => b.total.all.count - a.total.all.count)
  if (sorted.length <= top) return sorted
  return [...sorted.slice(0, top), together(sorted.slice(top), length)]
}

function together(lines: readonly Line[], length: number): Line {
  const total = new Point()
  const points: (Point | undefined)[] = Array.from({ length }, () => undefined)
  for (const line of lines) {
    total.merge(line.total)
    line.points.forEach((point, i) => {
      if (point !== undefined) (points[i] ??= new Point()).merge(point)
    })
  }
  return { key: rest, points, total }
}

/** Levels point by point: of all environments together in each window, over the windows of a point their mean. */
function levelsOf(windows: readonly StoredWindow[], { from, step }: Range, length: number): Counted[] {
  const byTime = new Map<number, Counted>()
  for (const { at, counted } of windows) {
    let joined = byTime.get(at)
    if (joined === undefined) byTime.set(at, (joined = new Counted()))
    joined.joinLevels(counted)
  }
  const points = Array.from({ length }, () => new Counted())
  for (const [at, counted] of byTime) points[Math.floor((at - from) / step)]?.mergeLevels(counted)
  return points
}

function toldLevel(name: LevelName, points: readonly Counted[]): Series {
  const whole = new Counted()
  for (const point of points) whole.mergeLevels(point)
  return {
    metric: name,
    unit: metrics[name].unit,
    operation: null,
    values: points.map(({ levels }) => levelAt(name, levels.get(name))),
    total: levelAt(name, whole.levels.get(name)),
  }
}
