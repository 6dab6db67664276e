import type { Migration } from '@cloudbox/protocol/schema'
import { conflictOf } from './touches.ts'

/** Two migrations of different branches that change the same thing. */
export interface Conflict {
  readonly names: readonly [string, string]
  readonly about: string
}

/**
 * Migrations of which neither comes after the other, that change the same, and that no third comes after both. Pure.
 * @param ordered each after its parents
 */
export function findConflicts(ordered: readonly Migration[]): Conflict[] {
  const before = new Map<string, ReadonlySet<string>>()
  for (const { name, parents } of ordered)
    before.set(name, new Set(parents.flatMap(parent => [parent, ...(before.get(parent) ?? [])])))
  const all = [...before.values()]
  return ordered.flatMap((one, i) =>
    ordered.slice(i + 1).flatMap((other): Conflict[] => {
      if (before.get(other.name)!.has(one.name)) return []
      if (all.some(names => names.has(one.name) && names.has(other.name))) return []
      const about = conflictOf(one, other)
      return about === undefined ? [] : [{ names: [one.name, other.name], about }]
    }),
  )
}
