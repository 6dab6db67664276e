import type { AccessKey, AccessKeys } from '@cloudbox/policy/access-keys'
import type { ModelRow } from '../data/module.ts'

type Equality = Extract<AccessKey, { kind: 'equals' | 'has' }>
type Range = Extract<AccessKey, { kind: 'above' | 'below' }>

/** One place of a row that keys look at, with who is filed under each of its values. */
interface ByValue<T> {
  readonly sample: Equality
  readonly filed: Map<unknown, Set<T>>
}

/** Who is filed under a bound of one column, sorted so that those reached come first. */
interface ByBound<T> {
  readonly sample: Range
  filed: { bound: number | bigint; item: T }[]
  isSorted: boolean
}

/** Finds, for a row, everything whose predicate may be true of it, without looking at the rest. */
export class KeyIndex<T> {
  readonly #byValue = new Map<string, ByValue<T>>()
  readonly #byBound = new Map<string, ByBound<T>>()
  readonly #always = new Set<T>()
  /** What each is filed under. */
  readonly #keys = new Map<T, AccessKeys>()

  /** Files something under one of the choices: under the one that has the fewest others beside it. */
  add(item: T, choices: readonly AccessKeys[]): void {
    const keys = choices.length === 1 ? choices[0]! : this.#leastCrowded(choices)
    this.#keys.set(item, keys)
    for (const key of this.#places(item, keys)) {
      if (key.kind === 'equals' || key.kind === 'has') {
        const place = getOrMake(this.#byValue, placeOf(key), () => ({ sample: key, filed: new Map() }))
        getOrMake(place.filed, key.value, () => new Set()).add(item)
      } else {
        const make = (): ByBound<T> => ({ sample: key, filed: [], isSorted: true })
        const place = getOrMake(this.#byBound, placeOf(key), make)
        place.filed.push({ bound: key.value, item })
        place.isSorted = false
      }
    }
  }

  remove(item: T): void {
    const keys = this.#keys.get(item)
    this.#keys.delete(item)
    this.#always.delete(item)
    if (keys?.kind !== 'keys') return
    for (const key of keys.keys) {
      if (key.kind === 'equals' || key.kind === 'has') {
        const place = this.#byValue.get(placeOf(key))
        const filed = place?.filed.get(key.value)
        filed?.delete(item)
        if (filed?.size === 0) place!.filed.delete(key.value)
        if (place?.filed.size === 0) this.#byValue.delete(placeOf(key))
      } else if (key.kind !== 'in-set') {
        const place = this.#byBound.get(placeOf(key))
        if (place === undefined) continue
        place.filed = place.filed.filter(entry => entry.item !== item)
        if (place.filed.length === 0) this.#byBound.delete(placeOf(key))
      }
    }
  }

  /** Adds to `found` everything whose predicate may be true of the row. */
  find(row: ModelRow, found: Set<T>): void {
    for (const item of this.#always) found.add(item)
    for (const { sample, filed } of this.#byValue.values()) {
      const value = valueAt(row, sample)
      if (value === undefined) continue
      for (const one of sample.kind === 'has' ? (value as unknown[]) : [value])
        for (const item of filed.get(one) ?? []) found.add(item)
    }
    for (const place of this.#byBound.values()) {
      const value = row[place.sample.column] as number | bigint | undefined
      if (value === undefined) continue
      const isAbove = place.sample.kind === 'above'
      if (!place.isSorted) sortBounds(place, isAbove)
      for (const { bound, item } of place.filed) {
        // NaN is more than everything, as Postgres sorts it.
        const isReached = isAbove ? bound <= value || Number.isNaN(value) : bound >= value
        if (!isReached) break
        found.add(item)
      }
    }
  }

  #leastCrowded(choices: readonly AccessKeys[]): AccessKeys {
    let best = choices[0]!
    let fewest = Infinity
    for (const choice of choices) {
      const crowd =
        choice.kind === 'keys' ? Math.max(0, ...choice.keys.map(key => this.#crowdAt(key))) : Infinity
      if (crowd < fewest) {
        best = choice
        fewest = crowd
      }
    }
    return best
  }

  /** How many a row that has this key would find besides. */
  #crowdAt(key: AccessKey): number {
    if (key.kind === 'in-set') return Infinity
    if (key.kind === 'equals' || key.kind === 'has')
      return this.#byValue.get(placeOf(key))?.filed.get(key.value)?.size ?? 0
    return this.#byBound.get(placeOf(key))?.filed.length ?? 0
  }

  /** The keys to file under; what no key narrows down is looked at always. */
  #places(item: T, keys: AccessKeys): readonly (Equality | Range)[] {
    if (keys.kind === 'never') return []
    const filable = keys.kind === 'keys' ? keys.keys.filter(key => key.kind !== 'in-set') : []
    if (keys.kind === 'always' || filable.length < keys.keys.length) {
      this.#always.add(item)
      return []
    }
    return filable
  }
}

/** Bounds that are reached by the most values come first. */
function sortBounds<T>(place: ByBound<T>, isAbove: boolean): void {
  const sign = isAbove ? 1 : -1
  place.filed.sort((a, b) => (a.bound < b.bound ? -sign : a.bound > b.bound ? sign : 0))
  place.isSorted = true
}

function placeOf(key: Equality | Range): string {
  return JSON.stringify([key.kind, key.column, 'path' in key ? key.path : undefined])
}

function valueAt(row: ModelRow, key: Equality): unknown {
  let value = row[key.column]
  if (key.kind === 'equals' && key.path !== undefined) {
    for (const name of key.path) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
      value = (value as Record<string, unknown>)[name]
    }
  }
  return value
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}
