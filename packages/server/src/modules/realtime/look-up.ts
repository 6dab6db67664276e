import type { Database } from '../../kernel/db.ts'
import type { LiveQuery } from '../data/module.ts'
import { mostValues } from './lookups.ts'

/** What look-ups find, by their keys; those that find too much are missing. */
export type Found = ReadonlyMap<string, ReadonlySet<unknown>>

/** Asks what the look-ups of a query's conditions find now. */
export async function lookUp(db: Database, query: LiveQuery): Promise<Found> {
  const { policy, filter } = query.clauses()
  const lookups = new Map([...policy, ...filter].flatMap(clause => clause.lookups.map(one => [one.key, one])))
  const found = new Map<string, ReadonlySet<unknown>>()
  if (lookups.size === 0) return found
  await db.transaction(
    async tx => {
      for (const [key, lookup] of lookups) {
        const values = await lookup.snapshot(tx, mostValues + 1)
        if (values.length <= mostValues) found.set(key, new Set(values.map(({ value }) => value)))
      }
    },
    { isolation: 'repeatable read' },
  )
  return found
}
