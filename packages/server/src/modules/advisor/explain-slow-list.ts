import { allIndexes, covers } from './indexes/covers.ts'
import { candidatesFor } from './indexes/candidates.ts'
import { columnsOf } from './indexes/columns-of.ts'
import type { Collection, SlowList } from '../data/module.ts'
import { findScans } from './plans/find-scans.ts'
import { readPlan } from './plans/plan-node.ts'

/** Fewer rows are read quickly, whatever the plan. */
const manyRows = 1000

/**
 * Why a list was slow, if an index would help, with the command that makes it: a line for a header. Only plans, nothing is
 * read or tried.
 */
export async function explainSlowList(
  { explain, ms, rowsOf }: SlowList,
  collections: ReadonlyMap<string, Collection>,
): Promise<string | undefined> {
  for (const scan of findScans(readPlan(await explain()))) {
    const collection = collections.get(scan.table)
    if (collection === undefined) continue
    const rows = await rowsOf(scan.table)
    if (rows < manyRows) continue
    const existing = allIndexes(collection.definition)
    const [set] = candidatesFor(scan, columnsOf(collection))
      .map(candidate => candidate.filter(index => !existing.some(other => covers(other, index))))
      .filter(candidate => candidate.length > 0)
    if (set === undefined) continue
    const commands = set.map(
      ({ fields, kind }) =>
        `cloudbox advisor create ${scan.table} ${fields.join(',')}${kind === undefined ? '' : ` --kind ${kind}`}`,
    )
    return `${Math.round(ms)} ms: ${scan.table} has no index for this, ${rows} documents were looked at. ${commands.join('; ')}`
  }
  return undefined
}
