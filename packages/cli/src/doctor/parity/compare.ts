import type { Items } from './items.ts'

export interface Difference {
  readonly name: string
  /** undefined: it is not here. */
  readonly here: string | undefined
  readonly there: string | undefined
}

/** What a comparison of one area has found, or why there was none. */
export interface ComparedArea {
  readonly area: string
  readonly compared: number
  readonly shared: number
  readonly differences: readonly Difference[]
  readonly notCompared?: string
}

export interface Parity {
  /** Of all items, how many of a hundred are the same on both sides; 100 only when all are. undefined: nothing was compared. */
  readonly percent: number | undefined
  readonly compared: number
  readonly shared: number
  readonly areas: readonly ComparedArea[]
}

/** Every name that either side has is one item. */
export function compareItems(area: string, here: Items, there: Items): ComparedArea {
  const names = [...new Set([...here.keys(), ...there.keys()])]
  const differences = names
    .filter(name => here.get(name) !== there.get(name))
    .map(name => ({ name, here: here.get(name), there: there.get(name) }))
  return { area, compared: names.length, shared: names.length - differences.length, differences }
}

export function leftOut(area: string, notCompared: string): ComparedArea {
  return { area, compared: 0, shared: 0, differences: [], notCompared }
}

export function parityOf(areas: readonly ComparedArea[]): Parity {
  const compared = areas.reduce((sum, area) => sum + area.compared, 0)
  const shared = areas.reduce((sum, area) => sum + area.shared, 0)
  // Rounded down: one difference among thousands is no 100.
  const percent = compared === 0 ? undefined : Math.floor((shared / compared) * 100)
  return { percent, compared, shared, areas }
}
