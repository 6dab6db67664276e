import type { IndexDefinition } from '@cloudbox/protocol/collection'
import type { IndexAdvice, ServedQuery } from '@cloudbox/protocol/advisor'
import type { Database } from '../../../kernel/db.ts'
import type { Log } from '../../../kernel/log.ts'
import type { Collection } from '../../data/module.ts'
import { findScans } from '../plans/find-scans.ts'
import { candidatesFor, type Columns } from './candidates.ts'
import { columnsOf } from './columns-of.ts'
import { allIndexes, covers } from './covers.ts'
import type { SeenStatement } from './seen-statements.ts'
import { atWorkbench, type Workbench } from './workbench.ts'

/** An index has to make a statement this much cheaper to be worth what it costs every write. */
const worthwhileShare = 0.5
/** Statements that take less than this on average are quick enough. */
const slowMs = 1

type Creation = Extract<IndexAdvice, { kind: 'create' }>

/** Indexes that would make statements cheaper: each was made on a copy, and the statements planned with it. */
export async function adviseCreations(
  deps: { readonly db: Database; readonly log: Log },
  schema: string,
  collections: ReadonlyMap<string, Collection>,
  statements: readonly SeenStatement[],
): Promise<Creation[]> {
  const slow = statements.filter(({ meanMs }) => meanMs >= slowMs)
  const tables = [...collections.keys()].filter(name =>
    slow.some(({ query }) => query.includes(`"${schema}"."${name}"`)),
  )
  if (tables.length === 0) return []
  const columns = new Map(tables.map(name => [name, columnsOf(collections.get(name)!)]))
  const columnOf = (table: string, field: string) => collections.get(table)!.fields.get(field)!.column
  return atWorkbench(deps, { schema, tables, columnOf }, async bench => {
    const found = new Map<string, Creation>()
    for (const statement of slow) {
      const best = await bestFor(bench, statement, collections, columns)
      if (best === undefined) continue
      const { collection, indexes, served } = best
      const key = `${collection} ${JSON.stringify(indexes)}`
      const known = found.get(key)
      found.set(key, {
        kind: 'create',
        collection,
        indexes,
        reason: '',
        serves: [...(known?.serves ?? []), served],
      })
    }
    return mergeCovered([...found.values()]).map(advice => ({ ...advice, reason: reasonOf(advice) }))
  })
}

interface Best {
  readonly collection: string
  readonly indexes: IndexDefinition[]
  readonly served: ServedQuery
}

async function bestFor(
  bench: Workbench,
  { query, calls, meanMs }: SeenStatement,
  collections: ReadonlyMap<string, Collection>,
  columns: ReadonlyMap<string, Columns>,
): Promise<Best | undefined> {
  const trial = await bench.prepare(query)
  if (trial === undefined) return undefined
  const plan = await trial.plan()
  const costBefore = plan['Total Cost']
  let best: { collection: string; indexes: IndexDefinition[]; costAfter: number } | undefined
  for (const scan of findScans(plan)) {
    const known = columns.get(scan.table)
    if (known === undefined) continue
    const existing = allIndexes(collections.get(scan.table)!.definition)
    for (const candidate of candidatesFor(scan, known)) {
      const indexes = candidate.filter(index => !existing.some(other => covers(other, index)))
      if (indexes.length === 0) continue
      const { 'Total Cost': costAfter } = await bench.withIndexes(scan.table, indexes, () => trial.plan())
      if (costAfter > costBefore * worthwhileShare) continue
      // A later one has to be clearly better than one that was found before.
      if (best !== undefined && costAfter > best.costAfter * 0.9) continue
      best = { collection: scan.table, indexes, costAfter }
    }
  }
  if (best === undefined) return undefined
  const { collection, indexes, costAfter } = best
  const isRead = /^\s*select/i.test(query)
  const times = isRead && {
    msBefore: round(await trial.run()),
    msAfter: round(await bench.withIndexes(collection, indexes, () => trial.run())),
  }
  const costs = { costBefore: round(costBefore), costAfter: round(costAfter) }
  return { collection, indexes, served: { query, calls, meanMs: round(meanMs), ...costs, ...times } }
}

/** What a longer index serves as well needs none of its own. */
function mergeCovered(all: readonly Creation[]): Creation[] {
  const kept: Creation[] = []
  const byLength = all.toSorted((a, b) => fieldCount(b) - fieldCount(a))
  for (const advice of byLength) {
    const at = kept.findIndex(
      ({ collection, indexes }) =>
        collection === advice.collection &&
        advice.indexes.every(index => indexes.some(other => covers(other, index))),
    )
    if (at === -1) kept.push(advice)
    else kept[at] = { ...kept[at]!, serves: [...kept[at]!.serves, ...advice.serves] }
  }
  return kept.toSorted((a, b) => totalMs(b) - totalMs(a))
}

function fieldCount({ indexes }: Creation): number {
  return indexes.reduce((count, { fields }) => count + fields.length, 0)
}

function totalMs({ serves }: Creation): number {
  return serves.reduce((sum, { calls, meanMs }) => sum + calls * meanMs, 0)
}

function reasonOf(advice: Creation): string {
  const { serves } = advice
  const calls = serves.reduce((sum, served) => sum + served.calls, 0)
  const share = Math.min(...serves.map(({ costBefore, costAfter }) => costAfter / costBefore))
  const times = Math.round(1 / Math.max(share, 0.001))
  return `${calls} calls took ${Math.round(totalMs(advice))} ms; the planner finds them up to ${times} times cheaper with it.`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
