import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Migration } from '@cloudbox/protocol/schema'
import { Problem } from '../../../kernel/problem.ts'
import { planStructure, type Structure } from '../../data/module.ts'
import { toParts } from '../operations/to-parts.ts'

/** What applied migrations make, as far as they fit. */
export interface Folded {
  readonly structure: Structure
  /** Operations that found no place, one sentence each: the environment had a structure of its own before. */
  readonly misfits: readonly string[]
}

/** Folds migrations over the empty structure; what does not fit is left out. Pure. */
export function foldApplied(start: Structure, applied: readonly Migration[]): Folded {
  let structure = start
  const misfits: string[] = []
  for (const migration of applied)
    for (const [i, operation] of migration.operations.entries()) {
      try {
        structure = toParts(structure, { ...migration, operations: [operation] }).structure
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        misfits.push(`${migration.name}, operation ${i + 1}: ${error.errors![0]!.message}.`)
      }
    }
  return { structure, misfits }
}

/** How a structure differs from what migrations make: the way from that to this, in sentences. Pure. */
export function driftOf(now: readonly CollectionDefinition[], { structure, misfits }: Folded): string[] {
  return [...misfits, ...planStructure([...structure.values()], now).map(({ sentence }) => sentence)]
}

/**
 * How many of the pending migrations are there already, because somebody has applied their structure without them. Pure.
 * @param folded what the applied ones make
 */
export function alreadyThere(
  now: readonly CollectionDefinition[],
  folded: Folded,
  pending: readonly Migration[],
): number {
  if (folded.misfits.length > 0 || driftOf(now, folded).length === 0) return 0
  let structure = folded.structure
  for (const [i, migration] of pending.entries()) {
    // Nobody can tell whether SQL has been run.
    if (migration.operations.some(operation => operation.do === 'sql')) return 0
    try {
      structure = toParts(structure, migration).structure
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      return 0
    }
    if (planStructure([...structure.values()], now).length === 0) return i + 1
  }
  return 0
}
