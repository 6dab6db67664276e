import type { UsageDay, UsageReply } from '@cloudbox/protocol/usage'
import { mondayOf } from './periods.ts'

/** What one bar tells of: a day, or a week where there are too many days to tell them apart. */
export interface Bucket {
  /** First day of it. */
  readonly begins: string
  readonly requests: number
  /** Of them failed or refused. */
  readonly failed: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly users: number
  /** Null for a week: visitors of its days cannot be told to be the same. */
  readonly visitors: number | null
}

const mostDays = 100

export const ranges = [
  { from: '-6d', label: '7d', long: 'the last 7 days' },
  { from: '-29d', label: '30d', long: 'the last 30 days' },
  { from: '-89d', label: '90d', long: 'the last 90 days' },
  { from: '-364d', label: '1y', long: 'the last year, by week' },
] as const
export const usualRange = '-29d'

/** Bars of a time: of each day, or of each week where it is long. */
export function toBuckets({ days, weeks }: Pick<UsageReply, 'days' | 'weeks'>): Bucket[] {
  if (days.length <= mostDays) return days.map(day => sumOf(day.day, [day], day.users, day.visitors))
  const usersOf = new Map(weeks.map(({ begins, users }) => [begins, users]))
  const byWeek = Map.groupBy(days, ({ day }) => mondayOf(day))
  return [...byWeek].map(([monday, ofWeek]) => sumOf(monday, ofWeek, usersOf.get(monday) ?? 0, null))
}

function sumOf(begins: string, days: readonly UsageDay[], users: number, visitors: number | null): Bucket {
  const sum = (of: (day: UsageDay) => number) => days.reduce((whole, day) => whole + of(day), 0)
  return {
    begins,
    requests: sum(day => day.requests),
    failed: sum(day => day.errors + day.refused),
    bytesIn: sum(day => day.bytesIn),
    bytesOut: sum(day => day.bytesOut),
    users,
    visitors,
  }
}

const dayText = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' })

/** A day as people say it: `Nov 23`. */
export function sayDay(day: string): string {
  return dayText.format(new Date(`${day}T00:00:00Z`))
}
