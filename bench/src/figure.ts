/** One measured figure, where there is one beside its floor, as `--json` prints it. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The same work done by the simplest program that can do it, measured in the same run. */
  readonly floor?: number
  /** value / floor, both medians of their rounds. */
  readonly ratio?: number
  /** Lowest and highest ratio of two neighbouring rounds. */
  readonly spread?: readonly [number, number]
  /** What we want the ratio to be, or without a floor the value, e.g. `>= 0.75`. */
  readonly aim?: Aim
  readonly met?: boolean
}

export type Aim = `${'>=' | '<='} ${number}`

/** A figure of rounds that were run in turn with rounds of the floor. */
export function compared(
  name: string,
  unit: string,
  rounds: readonly number[],
  floorRounds: readonly number[],
  aim?: Aim,
): Figure {
  const value = median(rounds)
  const floor = median(floorRounds)
  const ratio = round(value / floor)
  const pairs = rounds.map((one, i) => round(one / floorRounds[i]!)).sort((a, b) => a - b)
  return {
    name,
    unit,
    value: round(value),
    floor: round(floor),
    ratio,
    spread: [pairs[0]!, pairs.at(-1)!],
    ...judged(ratio, aim),
  }
}

/** A figure that has no floor. */
export function plain(name: string, unit: string, value: number, aim?: Aim): Figure {
  return { name, unit, value: round(value), ...judged(value, aim) }
}

function judged(value: number, aim: Aim | undefined): Pick<Figure, 'aim' | 'met'> {
  if (aim === undefined) return {}
  const [comparison, bound] = aim.split(' ') as ['>=' | '<=', string]
  return { aim, met: comparison === '>=' ? value >= Number(bound) : value <= Number(bound) }
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** The value below which the given part of a list lies. */
export function percentile(values: readonly number[] | Float64Array, part: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

/** Three digits that tell something. */
function round(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}
