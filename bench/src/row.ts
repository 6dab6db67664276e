/** One measured figure beside its floor, as `--json` prints it. */
export interface Row {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The same work done by the simplest program that can do it, measured in the same run. */
  readonly floor: number
  /** value / floor. */
  readonly ratio: number
  /** What we want the ratio to be, e.g. `>= 0.75`. */
  readonly aim: string
  readonly met: boolean
}

/** Makes a row; `aim` is a comparison with the ratio. */
export function row(
  name: string,
  unit: string,
  value: number,
  floor: number,
  aim: `${'>=' | '<='} ${number}`,
): Row {
  const ratio = round(value / floor, 3)
  const [comparison, bound] = aim.split(' ') as ['>=' | '<=', string]
  const met = comparison === '>=' ? ratio >= Number(bound) : ratio <= Number(bound)
  return { name, value: round(value, 3), unit, floor: round(floor, 3), ratio, aim, met }
}

/** The value below which the given part of a list lies. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
