import { textSize, isStorable } from './text.ts'

/** A key of an object, or an index of an array; absent when there is none or it is null. */
export function jsonItem(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  // Array.length, Object.prototype.constructor and the like are not data.
  const isFound = Array.isArray(value)
    ? typeof key === 'number'
    : typeof key === 'string' && Object.hasOwn(value, key)
  return isFound ? presentJson((value as Record<string | number, unknown>)[key]) : undefined
}

/** JSON null is absent. */
export const presentJson = (value: unknown): unknown => (value === null ? undefined : value)

export const jsonArray = (value: unknown): readonly unknown[] | undefined =>
  Array.isArray(value) ? value : undefined
export const jsonText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined
export const jsonBool = (value: unknown): boolean | undefined =>
  typeof value === 'boolean' ? value : undefined

/** JSON numbers are unbounded in Postgres and doubles here: outside these bounds they may differ. */
export function jsonNumber(value: unknown): number | undefined {
  if (typeof value !== 'number') return undefined
  const size = Math.abs(value)
  return value === 0 || (size >= 1e-300 && size <= 1e300) ? value : undefined
}

/** JSON of another type than the scalar is not equal to it; an absent or unusable one is unknown. */
export function jsonEquals(value: unknown, scalar: unknown): boolean | undefined {
  if (value === undefined || value === null || scalar === undefined) return undefined
  if (typeof value === 'number' && typeof scalar === 'number' && jsonNumber(value) === undefined)
    return undefined
  return value === scalar
}

export function jsonSize(value: unknown): number | undefined {
  if (typeof value === 'string') return textSize(value)
  if (Array.isArray(value)) return value.length
  return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined
}

/** True when jsonb can hold it: no NUL or lone surrogate in any text, no number that is none. */
export function isStorableJson(value: unknown): boolean {
  if (typeof value === 'string') return isStorable(value)
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isStorableJson)
  if (typeof value !== 'object' || value === null) return value === null || typeof value === 'boolean'
  return Object.entries(value).every(([key, item]) => isStorable(key) && isStorableJson(item))
}
