import { schemaProblems } from '@cloudbox/protocol/schema'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { raw } from '../../../kernel/sql.ts'
import { quote } from '../collections/quote.ts'
import { countText } from '../collections/ddl-problem.ts'
import { maxExamples, type Example, type Failures } from './explain-failures.ts'
import { sumText } from './column-sums.ts'

/** What is in the trash of a transformed field: (id, value, became), and `meant` where the transform can fail in silence. */
export interface KeptValues {
  readonly collection: string
  readonly field: string
  /** Its quoted name. */
  readonly table: string
}

/** @throws Problem `schema/values-lost` where a transform left nothing of a value without having said so */
export async function refuseLost(tx: Tx, { collection, field, table }: KeptValues): Promise<void> {
  const lost = `from ${table} where value is not null and became is null and meant is not true`
  const [{ count } = { count: 0 }] = await tx.query<{ count: number }>(
    raw(`select count(*)::float8 as count ${lost}`),
  )
  if (count === 0) return
  const examples = await tx.query<{ id: string; value: string }>(
    raw(`select id::text as id, left(value::text, 200) as value ${lost} order by id limit ${maxExamples}`),
  )
  throw valuesLost(collection, field, { count, examples })
}

/** What became of a field has to be what the transform gave. */
export async function refuseOtherValues(tx: Tx, schema: string, kept: KeptValues): Promise<void> {
  const sum = (column: string, table: string) =>
    raw(
      `select count(*)::text as rows, count(${column})::text as values, ${sumText(column)} as sum from ${table}`,
    )
  const [planned] = await tx.query(sum('became', kept.table))
  const [found] = await tx.query(sum(quote(kept.field), quote(schema, kept.collection)))
  if (JSON.stringify(planned) === JSON.stringify(found)) return
  throw new Problem(
    schemaProblems['values-lost'],
    `${kept.collection}.${kept.field} would not be what its transform gave.`,
  )
}

/** The problem of values a transform has no counterpart for. */
export function valuesLost(collection: string, field: string, { count, examples }: Failures): Problem {
  return new Problem(
    schemaProblems['values-lost'],
    `${collection}: ${field} would lose values: ${countText(count)} the transform.`,
    {
      hint: 'Say in the transform what becomes of them (null where nothing is to stay), or mend these documents first.',
      errors: examples.map(example => ({ at: `/fields/${field}/using`, message: tellExample(example) })),
    },
  )
}

function tellExample({ id, value, why }: Example): string {
  return `document ${id}: ${value === null ? 'null' : JSON.stringify(value)}${why === undefined ? '' : ` (${why})`}`
}
