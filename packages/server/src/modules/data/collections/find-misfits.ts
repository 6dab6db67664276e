import type { Environment } from '../../../kernel/caller.ts'
import type { Queryable } from '../../../kernel/db.ts'
import { id, raw, sql } from '../../../kernel/sql.ts'
import { misfitLimit, StepError, type Misfits } from './ddl-problem.ts'

/** How many ids a problem names. */
const maxExamples = 5

/** Which documents stood in the way, as far as that can be asked of the structure that stayed. */
export async function findMisfits(
  db: Queryable,
  { schema }: Pick<Environment, 'schema'>,
  name: string,
  error: unknown,
): Promise<Misfits | undefined> {
  const misfit = error instanceof StepError ? error.step.demand?.misfit : undefined
  if (misfit === undefined) return undefined
  const rows = sql`select id::text as id from ${id(schema, name)} where ${raw(misfit)} limit ${misfitLimit + 1}`
  return db.query<{ id: string }>(rows).then(
    found => ({ count: found.length, examples: found.slice(0, maxExamples).map(row => row.id) }),
    () => undefined,
  )
}
