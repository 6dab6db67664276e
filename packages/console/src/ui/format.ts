const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const plain = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const units = ['B', 'kB', 'MB', 'GB', 'TB']

export type Unit = 'count' | 'ms' | 'bytes' | 'share'

/** A value with its unit, short enough for an axis: `1.2K`, `340 ms`, `1.5 MB`, `2.5 %`. */
export function format(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) return '–'
  switch (unit) {
    case 'count':
      return value < 10_000
        ? Number.isInteger(value)
          ? plain.format(value)
          : fixed(value)
        : compact.format(value)
    case 'ms':
      return duration(value)
    case 'bytes':
      return bytes(value)
    case 'share':
      return `${fixed(value * 100)} %`
  }
}

function duration(ms: number): string {
  if (ms >= 60_000) return `${fixed(ms / 60_000)} min`
  if (ms >= 1000) return `${fixed(ms / 1000)} s`
  return `${fixed(ms)} ms`
}

function bytes(value: number): string {
  let [rest, unit] = [value, 0]
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1000
    unit++
  }
  return `${unit === 0 ? plain.format(rest) : fixed(rest)} ${units[unit]}`
}

/** Three digits that tell something: `0.042`, `1.4`, `38`. */
function fixed(value: number): string {
  if (value === 0) return '0'
  if (Math.abs(value) >= 99.5) return plain.format(value)
  return String(Number(value.toPrecision(value < 1 ? 2 : 3)))
}
