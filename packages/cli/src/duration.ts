import { failure } from './failure.ts'

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** Seconds of `90s`, `15m`, `24h`, `30d` or `2w`. @throws Failure `cli/usage` */
export function readSeconds(option: string, text: string): number {
  const [, amount, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? []
  if (amount === undefined || unit === undefined)
    throw failure('usage', `--${option} ${text} is no duration.`, 'Write it as 90s, 15m, 24h, 30d or 2w.')
  return Number(amount) * unitSeconds[unit]!
}

/**
 * A moment in ISO 8601: a date or time, or a duration before (`since: 7d`) or after now.
 * @throws Failure `cli/usage`
 */
export function readMoment(
  option: string,
  text: string,
  direction: 'past' | 'future',
  nowMs: number,
): string {
  if (/^\d{1,6}[smhdw]$/.test(text)) {
    const awayMs = readSeconds(option, text) * 1000
    return new Date(direction === 'past' ? nowMs - awayMs : nowMs + awayMs).toISOString()
  }
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms))
    throw failure(
      'usage',
      `--${option} ${text} is no time.`,
      'Write a date (2027-01-31), a time (2027-01-31T12:00Z) or a duration (7d).',
    )
  return new Date(ms).toISOString()
}

/** The day of a moment, where there is no room for more. */
export function showDay(iso: string | null): string | null {
  return showMoment(iso)?.slice(0, 10) ?? null
}

/** A moment as people read it, in their own time zone. */
export function showMoment(iso: string | null): string | null {
  if (iso === null) return null
  return new Date(iso).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' })
}
