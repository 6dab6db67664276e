import { addInts, normalizeInt, subtractInts, type Int } from './numbers.ts'
import type { TimePart } from './ir.ts'

// Timestamps are microseconds since 1970 in UTC, durations microseconds, dates days since 1970.
// Own calendar arithmetic, because JavaScript's Date counts milliseconds and ends in the year 275760.

const DAY_US = 86_400_000_000
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d(?::?\d\d)?)$/
const POSTGRES = /^(\d+)-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d+))?\+00( BC)?$/
const POSTGRES_DATE = /^(\d+)-(\d\d)-(\d\d)( BC)?$/

/** Days from 1970-01-01 in the proleptic Gregorian calendar; the year 0 is 1 BC. */
function daysOf(year: number, month: number, day: number): number {
  // Years begin in March here, so that the leap day is the last of its year.
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

function civilOf(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

function isRealDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false
  const next = month === 12 ? daysOf(year + 1, 1, 1) : daysOf(year, month + 1, 1)
  return day <= next - daysOf(year, month, 1)
}

function microseconds(days: number, h: string, m: string, s: string, fraction = '', offsetMinutes = 0): Int {
  const seconds = days * 86_400 + Number(h) * 3_600 + (Number(m) - offsetMinutes) * 60 + Number(s)
  return normalizeInt(BigInt(seconds) * 1_000_000n + BigInt(fraction.padEnd(6, '0').slice(0, 6)))
}

/** RFC 3339 text to microseconds; absent when malformed. Digits past microseconds are cut off. */
export function parseTimestamp(text: string): Int | undefined {
  const match = RFC3339.exec(text)
  if (!match) return undefined
  const [, year = '', month = '', day = '', h = '', m = '', s = '', fraction, zone = ''] = match
  if (!isRealDay(Number(year), Number(month), Number(day))) return undefined
  if (Number(h) > 23 || Number(m) > 59 || Number(s) > 59) return undefined
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? []
  if (Number(hours) > 15 || Number(minutes) > 59) return undefined
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  return microseconds(daysOf(Number(year), Number(month), Number(day)), h, m, s, fraction, offset)
}

/** Postgres' text output with DateStyle ISO and TimeZone UTC. */
export function decodeTimestamp(text: string): Int {
  if (text === 'infinity') return Infinity
  if (text === '-infinity') return -Infinity
  const match = POSTGRES.exec(text)
  if (!match) throw new TypeError(`not a timestamp in ISO style and UTC: ${text}`)
  const [, year, month, day, h = '', m = '', s = '', fraction, era] = match
  const civilYear = era === undefined ? Number(year) : 1 - Number(year)
  return microseconds(daysOf(civilYear, Number(month), Number(day)), h, m, s, fraction)
}

/** `2026-01-31` to days; absent when malformed. */
export function parseDate(text: string): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)
  if (!match) return undefined
  const [year = 0, month = 0, day = 0] = match.slice(1).map(Number)
  return isRealDay(year, month, day) ? daysOf(year, month, day) : undefined
}

/** Postgres' text output of a date with DateStyle ISO. */
export function decodeDate(text: string): number {
  if (text === 'infinity') return Infinity
  if (text === '-infinity') return -Infinity
  const match = POSTGRES_DATE.exec(text)
  if (!match) throw new TypeError(`not a date in ISO style: ${text}`)
  const [, year, month, day, era] = match
  return daysOf(era === undefined ? Number(year) : 1 - Number(year), Number(month), Number(day))
}

const two = (value: number) => String(value).padStart(2, '0')

function dayText(days: number): { text: string; era: string } {
  const { year, month, day } = civilOf(days)
  const shown = year <= 0 ? 1 - year : year
  return { text: `${String(shown).padStart(4, '0')}-${two(month)}-${two(day)}`, era: year <= 0 ? ' BC' : '' }
}

/** The text Postgres reads as this date. */
export function encodeDate(days: number): string {
  if (!Number.isFinite(days)) return days > 0 ? 'infinity' : '-infinity'
  const { text, era } = dayText(days)
  return text + era
}

/** The text Postgres reads as this timestamp, in UTC. */
export function encodeTimestamp(us: Int): string {
  if (us === Infinity) return 'infinity'
  if (us === -Infinity) return '-infinity'
  const total = BigInt(us)
  const dayUs = BigInt(DAY_US)
  let days = total / dayUs
  if (total % dayUs < 0n) days--
  const rest = Number(total - days * dayUs)
  const seconds = Math.floor(rest / 1_000_000)
  const { text, era } = dayText(Number(days))
  const clock = `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return `${text} ${clock}.${String(rest % 1_000_000).padStart(6, '0')}+00${era}`
}

const DURATION = /^[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:h|ms|m|s|us|ns))+$/
const UNIT_NS: Readonly<Record<string, bigint>> = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  ns: 1n,
}

/** `1h30m`, `-2.5s` … to microseconds; absent when malformed. */
export function parseDuration(text: string): Int | undefined {
  if (!DURATION.test(text)) return undefined
  let ns = 0n
  for (const [, whole, fraction = '', unit = ''] of text.matchAll(/(\d*)(?:\.(\d*))?(h|ms|m|s|us|ns)/g)) {
    const size = UNIT_NS[unit] ?? 0n
    const digits = fraction.slice(0, 12)
    ns += BigInt(whole || '0') * size + (BigInt(digits || '0') * size) / 10n ** BigInt(digits.length)
  }
  return normalizeInt((text.startsWith('-') ? -ns : ns) / 1_000n)
}

const FIRST_US = -62_135_596_800_000_000n
const LAST_US = 253_402_300_799_999_999n
const MAX_DURATION_US = 400_000_000_000_000_000n

/** Arithmetic is defined within the years 1 to 9999: Postgres raises beyond its own range, which is odd. */
const isPlainTime = (us: Int): boolean => us >= FIRST_US && us <= LAST_US

export function addTime(us: Int, duration: Int): Int | undefined {
  if (!isPlainTime(us) || !(duration <= MAX_DURATION_US && duration >= -MAX_DURATION_US)) return undefined
  const sum = addInts(us, duration)
  return isPlainTime(sum) ? sum : undefined
}

export function subtractTime(us: Int, duration: Int): Int | undefined {
  return addTime(us, subtractInts(0, duration))
}

export function timeBetween(later: Int, earlier: Int): Int | undefined {
  return isPlainTime(later) && isPlainTime(earlier) ? subtractInts(later, earlier) : undefined
}

function floorDivide(us: Int, by: number): number {
  if (typeof us === 'number') return Math.floor(us / by)
  const divisor = BigInt(by)
  const quotient = us / divisor
  return Number(us % divisor < 0n ? quotient - 1n : quotient)
}

/** The day of a timestamp in UTC. */
export function dateOf(us: Int): number | undefined {
  return isPlainTime(us) ? floorDivide(us, DAY_US) : undefined
}

/** Parts as CEL counts them: months, days of the month and of the week begin at 0. In UTC. */
export function timePart(part: TimePart, us: Int): number | undefined {
  if (!isPlainTime(us)) return undefined
  const date = new Date(floorDivide(us, 1_000))
  switch (part) {
    case 'year':
      return date.getUTCFullYear()
    case 'month':
      return date.getUTCMonth()
    case 'dayOfMonth':
      return date.getUTCDate() - 1
    case 'dayOfWeek':
      return date.getUTCDay()
    case 'hours':
      return date.getUTCHours()
    case 'minutes':
      return date.getUTCMinutes()
    case 'seconds':
      return date.getUTCSeconds()
  }
}
