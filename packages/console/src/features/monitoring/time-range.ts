/** A time that charts and lists are about. */
export interface TimeRange {
  /** ms since 1970, or how long ago: `-1h`. */
  readonly from: string
  /** Undefined: until now, and going on. */
  readonly to?: string
}

export const ranges = [
  { from: '-15m', label: '15 minutes' },
  { from: '-1h', label: '1 hour' },
  { from: '-6h', label: '6 hours' },
  { from: '-24h', label: '24 hours' },
  { from: '-7d', label: '7 days' },
  { from: '-30d', label: '30 days' },
] as const

export const usualRange: TimeRange = { from: '-1h' }

/** From the query of an address; what is no range is the usual one. */
export function readRange(query: Pick<URLSearchParams, 'get'>): TimeRange {
  const [from, to] = [query.get('from'), query.get('to')]
  const isTime = (text: string) => /^(\d{10,16}|-\d+[smhd])$/.test(text)
  if (from === null || !isTime(from)) return usualRange
  return to === null || !isTime(to) ? { from } : { from, to }
}

/** For the address of a page, beside what else it tells. */
export function writeRange(
  { from, to }: TimeRange,
  others: Readonly<Record<string, string | undefined>> = {},
): string {
  const query = new URLSearchParams({ from, ...(to !== undefined && { to }) })
  for (const [name, value] of Object.entries(others)) if (value !== undefined) query.set(name, value)
  return `?${query}`
}
