const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const steps: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, ms: number])[] = [
  ['year', 31_557_600_000],
  ['month', 2_629_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** How long ago, or in how long: `3 days ago`. */
export function ago(time: string | number, nowMs: number = Date.now()): string {
  const distanceMs = new Date(time).getTime() - nowMs
  for (const [unit, ms] of steps)
    if (Math.abs(distanceMs) >= ms) return relative.format(Math.round(distanceMs / ms), unit)
  return 'just now'
}

/** A moment to the second, in the reader's own time zone. */
export function moment(time: string | number): string {
  return new Date(time).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'medium' })
}
