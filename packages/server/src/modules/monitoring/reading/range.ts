import { httpProblems } from '@cloudbox/protocol/http'
import { Type } from 'typebox'
import { Problem } from '../../../kernel/problem.ts'
import type { MonitoringConfig } from '../config.ts'
import type { Step } from '../rollups/stored-windows.ts'

/** Parameters that say of which time is told. */
export const rangeQuery = {
  from: Type.Optional(
    Type.String({
      description: 'ms since 1970, ISO 8601, or how long ago: `-15m`, `-24h`, `-30d`; `-1h` unless told.',
    }),
  ),
  to: Type.Optional(Type.String({ description: 'The same; now unless told.' })),
}

/** A time that is told in points. */
export interface Range {
  /** Whole points, ms since 1970. */
  readonly from: number
  readonly to: number
  /** From point to point, ms. */
  readonly step: number
  /** Length of the longest windows that the points can be made of, in seconds. */
  readonly base: Step
}

const mostPoints = 500
const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const shortestMs = 10_000
const hourMs = unitMs.h!
/** Later ones are written in another way, which Postgres does not read. */
const latestMs = Date.parse('9990-01-01T00:00:00Z')
const dayMs = unitMs.d!
/** Steps people read, in seconds. */
const steps = [10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400]

/** Reads `from` and `to`; throws a Problem with the place of what is none. */
export function readTimes(
  { from = '-1h', to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: number,
): { from: number; to: number } {
  const times = {
    from: readTime(from, '?/from', now),
    to: to === undefined ? now : readTime(to, '?/to', now),
  }
  if (times.from < times.to) return times
  throw wrong('?/from', 'is not before to')
}

/**
 * How a time is told: in at most 500 points, each of whole windows that are still kept.
 *
 * @param stepText wanted seconds from point to point
 * @throws Problem for a step that is none or gives too many points
 */
export function rangeOf(
  times: { readonly from: number; readonly to: number },
  stepText: string | undefined,
  { secondsHours, minutesDays }: Pick<MonitoringConfig, 'secondsHours' | 'minutesDays'>,
  now: number,
): Range {
  const shortest =
    times.from >= now - secondsHours * hourMs ? 10 : times.from >= now - minutesDays * dayMs ? 60 : 3600
  const seconds = (times.to - times.from) / 1000
  const wanted = stepText === undefined ? niceStep(seconds / (mostPoints - 1)) : Number(stepText)
  if (stepText !== undefined && seconds / wanted > mostPoints)
    throw wrong(
      '?/step',
      `gives more than ${mostPoints} points: at least ${niceStep(seconds / (mostPoints - 1))} it has to be`,
    )
  const step = Math.ceil(Math.max(wanted, shortest) / shortest) * shortest
  const base = ([3600, 60, 10] as const).find(one => step % one === 0 && one >= shortest) ?? shortest
  const stepMs = step * 1000
  const from = Math.floor(times.from / stepMs) * stepMs
  // The shortest window that goes on is not told yet: a point of it alone would look as if nothing happened any more.
  const told = Math.floor(now / shortestMs) * shortestMs
  const to = Math.ceil(Math.min(times.to, told) / stepMs) * stepMs
  return {
    from,
    to: Math.max(to, from + stepMs),
    step: stepMs,
    base,
  }
}

function niceStep(seconds: number): number {
  return steps.find(step => step >= seconds) ?? Math.ceil(seconds / 86_400) * 86_400
}

function readTime(text: string, at: string, now: number): number {
  const [, amount, unit] = /^-(\d{1,6})([smhd])$/.exec(text) ?? []
  if (amount !== undefined) return now - Number(amount) * unitMs[unit!]!
  const ms = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text)
  if (ms <= latestMs) return Math.max(0, ms)
  throw wrong(at, 'is no time: write ms since 1970, ISO 8601, or how long ago, as -24h')
}

function wrong(at: string, message: string): Problem {
  return new Problem(httpProblems['invalid-request'], `${at} ${message}.`, { errors: [{ at, message }] })
}
