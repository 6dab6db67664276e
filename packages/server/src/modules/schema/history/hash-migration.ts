import { createHash } from 'node:crypto'
import type { Migration } from '@cloudbox/protocol/schema'

/**
 * What tells whether a migration is still the one that was applied: a hash of its parents and operations. The name is
 * not in it, since it is what it is found by. Pure.
 */
export function hashMigration({ parents, operations }: Pick<Migration, 'parents' | 'operations'>): string {
  const text = JSON.stringify([parents.toSorted(), plain(operations)])
  return createHash('sha256').update(text).digest('hex')
}

/** A value whose text does not depend on the order of keys, but for fields: their order is the author's. */
function plain(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map(item => plain(item))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([name, item]) => [name, plain(item, name)] as const)
  return key === 'fields' ? entries : entries.toSorted(([a], [b]) => (a < b ? -1 : 1))
}
