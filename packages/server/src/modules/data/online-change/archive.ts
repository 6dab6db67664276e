import type { Environment } from '../../../kernel/caller.ts'
import { id, raw, sql } from '../../../kernel/sql.ts'
import type { StructureDeps } from '../collections/in-structure.ts'
import { trashTable, weigh } from '../structure-plan/trash.ts'
import { behind, goesOn, nextSize } from './backfill.ts'
import { lockChange, updateChange } from './changes-table.ts'
import type { OnlineChange } from './online-change.ts'
import { ChangeStopped, type ChangeSession } from './session.ts'
import { collapse, marks, shadowNames } from './shadow.ts'
import { withShortLocks } from './short-locks.ts'

const firstRows = 5_000

/**
 * Moves the old values to the trash, in batches, of documents nobody has given another value since; then the columns
 * they were in go. Undoing the plan finds what it would find after a change in one transaction.
 */
export async function archive(
  deps: StructureDeps,
  session: ChangeSession,
  environment: Environment,
  change: OnlineChange,
): Promise<void> {
  let size = firstRows
  let { cursor } = change
  for (;;) {
    const startedAt = performance.now()
    const last = await moveBatch(session, environment, change, { size, cursor })
    if (last === null) break
    cursor = last
    size = nextSize(size, performance.now() - startedAt)
  }
  const { schema } = environment
  await withShortLocks(deps, environment, {
    place: () => change.collection,
    async run({ tx }) {
      const now = await lockChange(tx, environment, change.id)
      if (now.state !== 'running') throw new ChangeStopped()
      await collapse(tx, schema, change.collection, shadowNames(change.field!, change.id))
      await weigh(tx, schema, now.trash!)
      await updateChange(tx, schema, change.id, [sql`state = 'done', ended_at = now(), error = null`])
    },
  })
}

async function moveBatch(
  { hidden }: ChangeSession,
  { schema }: Environment,
  { id: change, collection, field, trash }: OnlineChange,
  { size, cursor }: { readonly size: number; readonly cursor: string | null },
): Promise<string | null> {
  const names = shadowNames(field!, change)
  return hidden(async tx => {
    const [row] = await tx.query<{ last: string | null }>(sql`
      with batch as materialized (
        select id, ${id(names.before)} as value, ${id(field!)} as became, ${id(names.mark)} as mark
        from ${id(schema, collection)}
        where ${behind(cursor)}
        order by id limit ${raw(String(size))}
      ), moved as (
        insert into ${id(schema, trashTable(trash!))}
        select id, value, became from batch where mark = ${marks.done}
      )
      select (select id from batch order by id desc limit 1) as last`)
    const { last } = row!
    const set = last === null ? sql`error = null` : sql`cursor = ${last}::uuid`
    if (!(await updateChange(tx, schema, change, [set], goesOn))) throw new ChangeStopped()
    return last
  })
}
