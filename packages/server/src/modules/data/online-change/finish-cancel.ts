import type { Environment } from '../../../kernel/caller.ts'
import { id, sql } from '../../../kernel/sql.ts'
import type { StructureDeps } from '../collections/in-structure.ts'
import { partName } from '../collections/names.ts'
import { quote } from '../collections/quote.ts'
import { lockChange, updateChange } from './changes-table.ts'
import { collapse, shadowNames } from './shadow.ts'
import { withShortLocks } from './short-locks.ts'

/** Removes everything a change has added to its table; its indexes and constraints go with their column. */
export async function finishCancel(
  deps: StructureDeps,
  environment: Environment,
  change: string,
): Promise<void> {
  const { schema } = environment
  let place = change
  await withShortLocks(deps, environment, {
    place: () => place,
    async run({ tx }) {
      const { state, collection, field, index } = await lockChange(tx, environment, change)
      if (state === 'cancelled') return
      place = collection
      if (field === null)
        await tx.script(`drop index if exists ${quote(schema, partName(collection, index!))}`)
      else await collapse(tx, schema, collection, shadowNames(field, change))
      for (const table of ['data_change_todo', 'data_change_quarantine'])
        await tx.query(sql`delete from ${id(schema, table)} where change = ${change}::bigint`)
      await updateChange(tx, schema, change, [sql`state = 'cancelled', ended_at = now(), error = null`])
    },
  })
}
