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

/** Who is told windows one after another, in the order of time, and keeps columns of points. */
export interface SeriesMaker {
  add(window: StoredWindow): void
  made(): SeriesReply
}

export function seriesMaker(
  range: Range,
  question: SeriesQuestion,
  operationAt: (index: number) => Operation,
): SeriesMaker {
  const { from, to, step } = range
  const length = (to - from) / step
  const times = Array.from({ length }, (_, i) => from + i * step)
  const asked = question.metrics
  const ofOperations = asked.filter((metric): metric is OperationMetric => metrics[metric].ofOperations)
  const ofLevels = asked.filter(isLevel)
  const lines = ofOperations.length === 0 ? undefined : new Lines(range, question, operationAt)
  const levels = ofLevels.length === 0 ? undefined : new Levels(range)
  return {
    add(window) {
      lines?.add(window)
      levels?.add(window)
    },
    made: () => ({
      from,
      to,
      step,
      times,
      series: [
        ...(lines?.all() ?? []).flatMap(line =>
          ofOperations.map(metric => told(metric, line, question, operationAt)),
        ),
        ...(levels === undefined ? [] : ofLevels.map(name => toldLevel(name, levels.all()))),
      ],
    }),
  }
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

class Lines {
  readonly #range: Range
  readonly #question: SeriesQuestion
  readonly #operationAt: (index: number) => Operation
  readonly #length: number
  readonly #lines = new Map<number, Line>()

  constructor(range: Range, question: SeriesQuestion, operationAt: (index: number) => Operation) {
    this.#range = range
    this.#question = question
    this.#operationAt = operationAt
    this.#length = (range.to - range.from) / range.step
    if (question.by === undefined) this.#lineOf(everything)
    if (question.by === 'outcome') outcomeNames.forEach((_, outcome) => this.#lineOf(outcome))
  }

  add({ at, counted }: StoredWindow): void {
    const { by, kind, operation } = this.#question
    const place = Math.floor((at - this.#range.from) / this.#range.step)
    if (place < 0 || place >= this.#length) return
    for (const [key, tally] of counted.tallies) {
      const index = Math.floor(key / 4)
      const done = this.#operationAt(index)
      if (done.kind !== kind || (operation !== undefined && done.name !== operation)) continue
      const outcome = key % 4
      const line = this.#lineOf(by === 'operation' ? index : by === 'outcome' ? outcome : everything)
      const point = (line.points[place] ??= new Point())
      point.add(tally, outcome)
      line.total.add(tally, outcome)
    }
  }

  all(): Line[] {
    const { by, top } = this.#question
    const all = [...this.#lines.values()]
    if (by !== 'operation') return all
    const sorted = all.sort((a, b) => b.total.all.count - a.total.all.count)
    if (sorted.length <= top) return sorted
    return [...sorted.slice(0, top), together(sorted.slice(top), this.#length)]
  }

  #lineOf(key: number): Line {
    let line = this.#lines.get(key)
    if (line === undefined) {
      const points = Array.from({ length: this.#length }, () => undefined)
      this.#lines.set(key, (line = { key, points, total: new Point() }))
    }
    return line
  }
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
class Levels {
  readonly #range: Range
  readonly #points: readonly Counted[]
  /** Of all environments, in the window that was told of last. */
  #joined = new Counted()
  #at: number | undefined

  constructor(range: Range) {
    this.#range = range
    this.#points = Array.from({ length: (range.to - range.from) / range.step }, () => new Counted())
  }

  add({ at, counted }: StoredWindow): void {
    if (at !== this.#at) this.#turn(at)
    this.#joined.joinLevels(counted)
  }

  all(): readonly Counted[] {
    this.#turn(undefined)
    return this.#points
  }

  #turn(at: number | undefined): void {
    if (this.#at !== undefined) {
      const place = Math.floor((this.#at - this.#range.from) / this.#range.step)
      this.#points[place]?.mergeLevels(this.#joined)
    }
    this.#joined = new Counted()
    this.#at = at
  }
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
