import type { Severity, ThresholdCondition } from '@cloudbox/protocol/alerts'
import { metrics } from '@cloudbox/protocol/monitoring'
import type { Operation } from '../../../kernel/observation.ts'
import {
  levelAt,
  levelNames,
  Point,
  valueAt,
  type Frame,
  type LevelName,
  type LevelTally,
  type OperationMetric,
} from '../../monitoring/module.ts'
import { RecentCount } from './recent-count.ts'
import { GapFinder, type Judge, type Verdict } from './verdict.ts'

const minuteMs = 60_000
const ofServer = new Set<string>(['poolBusy', 'poolWaiting', 'eventLoop', 'memory', 'slotLag'])
/** Told by the minute: they are sums. */
const sums = new Set<string>(['count', 'errors', 'refused', 'database', 'rows', 'bytesIn', 'bytesOut'])

/** What is known of one frame. */
interface Sample {
  readonly at: number
  readonly stepMs: number
  readonly point: Point
  readonly level: LevelTally | undefined
}

/** Judges whether a figure of the last minute is above or below a number. */
export function thresholdJudge(
  condition: ThresholdCondition,
  severity: Severity,
  operationAt: (index: number) => Operation,
): Judge {
  const { metric, is, value: limit, minutes, minCount = 0, noData = 'ok' } = condition
  const gaps = new GapFinder()
  /** Of the last minute. */
  const recent: Sample[] = []
  const counts =
    metrics[metric].ofOperations && minCount > 0
      ? new RecentCount(Math.max(minutes, 1) * minuteMs)
      : undefined
  let storage: LevelTally | undefined

  const levelOf = (frame: Frame): LevelTally | undefined => {
    if (!isLevel(metric)) return undefined
    const level = (ofServer.has(metric) ? frame.server : frame.own)?.levels.get(metric)
    // Told only when it has changed.
    if (metric === 'storage') return (storage = level ?? storage)
    // Told only by those who have any.
    return level ?? (ofServer.has(metric) ? undefined : { samples: 1, sum: 0, highest: 0 })
  }

  const value = (): number | null => {
    if (isLevel(metric)) return levelAt(metric, mergeLevels(recent))
    const whole = new Point()
    for (const { point } of recent) whole.merge(point)
    const all = valueAt(metric as OperationMetric, whole)
    if (all === null || !sums.has(metric)) return all
    return (all * minuteMs) / recent.reduce((ms, { stepMs }) => ms + stepMs, 0)
  }

  return {
    feed(frame) {
      const { at, stepMs } = frame
      const end = at + stepMs
      const point = pointOf(frame, condition, operationAt)
      recent.push({ at, stepMs, point, level: levelOf(frame) })
      while (recent[0]!.at < end - Math.max(minuteMs, stepMs)) recent.shift()
      const isFewer = counts !== undefined && counts.add(at, stepMs, point.all.count) < minCount
      const figure = value()
      const isBeyond =
        figure === null ? noData === 'breach' : is === 'above' ? figure > limit : figure < limit
      return {
        at: end,
        since: recent[0]!.at,
        isAfterGap: gaps.isAfterGap(frame),
        value: figure,
        isBreach: isBeyond && !isFewer,
        severity,
      } satisfies Verdict
    },
  }
}

function isLevel(metric: string): metric is LevelName {
  return (levelNames as readonly string[]).includes(metric)
}

function pointOf(
  { own }: Frame,
  { metric, of = 'request', operation }: ThresholdCondition,
  operationAt: (index: number) => Operation,
): Point {
  const point = new Point()
  if (!metrics[metric].ofOperations) return point
  for (const [key, tally] of own?.tallies ?? []) {
    const { kind, name } = operationAt(Math.floor(key / 4))
    if (kind === of && (operation === undefined || name === operation)) point.add(tally, key % 4)
  }
  return point
}

function mergeLevels(recent: readonly Sample[]): LevelTally | undefined {
  let whole: LevelTally | undefined
  for (const { level } of recent) {
    if (level === undefined) continue
    whole ??= { samples: 0, sum: 0, highest: -Infinity }
    whole.samples += level.samples
    whole.sum += level.sum
    whole.highest = Math.max(whole.highest, level.highest)
  }
  return whole
}
