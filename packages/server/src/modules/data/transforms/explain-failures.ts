import type { Tx } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { misfitLimit } from '../collections/ddl-problem.ts'
import { quote, quoteText } from '../collections/quote.ts'

/** A document whose value has no counterpart. */
export interface Example {
  readonly id: string
  /** As Postgres writes it. */
  readonly value: string | null
  /** What Postgres said about it. */
  readonly why?: string
}

/** Documents an expression fails for; `count` goes up to one past {@link misfitLimit}. */
export interface Failures {
  readonly count: number
  readonly examples: readonly Example[]
}

/** How many examples a problem shows. */
export const maxExamples = 5

/** Computes an expression for one document after the other, to find those it fails for. */
export async function findFailures(
  tx: Tx,
  schema: string,
  {
    collection,
    field,
    expression,
  }: { readonly collection: string; readonly field: string; readonly expression: string },
): Promise<Failures> {
  const table = quote(schema, collection)
  await tx.script(`create function pg_temp.data_transform_failure(row_ ${table}) returns text
    language plpgsql set search_path = pg_catalog as ${quoteText(`
    begin
      perform ${expression} from (select (row_).*) data_transform_row;
      return null;
    exception when others then
      return sqlerrm;
    end`)}`)
  return readFailures(
    await tx.query<Example & { why: string; [key: string]: unknown }>(sql`
      select id, value, why from (select id::text as id, left(${id(field)}::text, 200) as value,
        pg_temp.data_transform_failure(t) as why from ${id(schema, collection)} t) tried
      where why is not null limit ${misfitLimit + 1}`),
  )
}

export function readFailures(rows: readonly Example[]): Failures {
  return { count: rows.length, examples: rows.slice(0, maxExamples).map(row => ({ ...row })) }
}
