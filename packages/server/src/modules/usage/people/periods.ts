/** Times for which people are counted together, of UTC; weeks begin on Monday. */
export const periods = ['day', 'week', 'month'] as const
export type Period = (typeof periods)[number]

export const dayMs = 86_400_000

/** A day as it is written: `2026-03-01`. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

export function msOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`)
}

export function addDays(day: string, days: number): string {
  return dayOf(msOf(day) + days * dayMs)
}

/** First day of the period that a moment belongs to. */
export function beginOf(period: Period, ms: number): string {
  if (period === 'day') return dayOf(ms)
  if (period === 'month') return `${dayOf(ms).slice(0, 7)}-01`
  // The day 0 of 1970 was a Thursday.
  const day = Math.floor(ms / dayMs)
  return dayOf((day - ((day + 3) % 7)) * dayMs)
}

/** The periods that go on at a moment, with their first days. */
export function currentPeriods(ms: number): readonly { period: Period; begins: string }[] {
  return periods.map(period => ({ period, begins: beginOf(period, ms) }))
}
