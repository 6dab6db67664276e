import { nodesOf, type PlanNode } from './plan-node.ts'
import { readConditions, type Condition } from './read-condition.ts'

/** A table that is read row by row to find those that fit. */
export interface Scan {
  readonly table: string
  readonly conditions: readonly Condition[]
  /** Columns the rows are sorted by afterwards. */
  readonly sort: readonly { readonly column: string; readonly descending: boolean }[]
}

/** Where a plan reads rows only to throw them away, or to sort them. Pure. */
export function findScans(plan: PlanNode): Scan[] {
  return Array.from(nodesOf(plan)).flatMap(({ node, sort }) => {
    const { 'Relation Name': table, Alias: alias = table, Filter: filter } = node
    if (table === undefined || alias === undefined) return []
    if (!node['Node Type'].endsWith('Scan')) return []
    const conditions = filter === undefined ? [] : readConditions(filter, alias)
    const sorted = readSort(sort, alias)
    if (conditions.length === 0 && (sorted.length === 0 || filter !== undefined)) return []
    return [{ table, conditions, sort: sorted }]
  })
}

/** `d.age DESC`; nothing where one of them is no column of this table. */
function readSort(keys: readonly string[], alias: string): Scan['sort'] {
  const read = keys.map(key => {
    const match =
      /^(?:([^.]+)\.)?(?:"((?:[^"]|"")+)"|([a-z_][a-z0-9_$]*))( DESC)?( NULLS (?:FIRST|LAST))?$/.exec(key)
    if (match === null || (match[1] !== undefined && match[1].replaceAll('"', '') !== alias)) return undefined
    return { column: match[2]?.replaceAll('""', '"') ?? match[3]!, descending: match[4] !== undefined }
  })
  return read.every(found => found !== undefined) ? read : []
}
