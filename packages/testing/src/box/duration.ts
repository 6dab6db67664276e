/** A span of time: milliseconds, or a number with its unit, such as `90s`, `15m`, `1h`, `1d`, `2w`. */
export type Duration = number | string

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/**
 * The milliseconds of a span; several may follow each other, as in `1d 12h`.
 * @throws TypeError when it is none
 */
export function durationMs(span: Duration): number {
  if (typeof span === 'number' && Number.isFinite(span)) return span
  const parts = [...String(span).matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)\s*/g)]
  const isWhole = parts.map(([text]) => text).join('') === String(span).trimStart() && parts.length > 0
  if (!isWhole)
    throw new TypeError(`"${String(span)}" is no span of time: write 1d, 90s, 2h 30m, or milliseconds.`)
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0)
}
