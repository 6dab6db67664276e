import { setTimeout } from 'node:timers/promises'
import type { Environment } from '../../../kernel/caller.ts'
import { Problem } from '../../../kernel/problem.ts'
import { inStructure, type StructureDeps, type StructureWork } from '../collections/in-structure.ts'

/** How long a lock is waited for: whoever comes later waits behind it. */
const lockTimeoutMs = 250
/** How long it is tried again before the change gives up for now. */
const patienceMs = 60_000

/**
 * Runs a change of structure that hardly keeps anybody waiting: it does not wait long for a table, but comes back again
 * and again.
 * @throws Problem `data/collection-busy` when it never got hold of the table
 */
export async function withShortLocks<T>(
  deps: StructureDeps,
  environment: Environment,
  work: StructureWork<T>,
): Promise<T> {
  const end = performance.now() + patienceMs
  for (let attempt = 1; ; attempt++) {
    try {
      return await inStructure(deps, environment, { ...work, lockTimeoutMs })
    } catch (error) {
      const isBusy = error instanceof Problem && error.code === 'data/collection-busy'
      if (!isBusy || performance.now() > end) throw error
      await setTimeout(Math.min(2000, 50 * attempt) * (0.5 + Math.random()))
    }
  }
}
