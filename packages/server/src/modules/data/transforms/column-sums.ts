import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import { schemaProblems } from '@cloudbox/protocol/schema'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { raw } from '../../../kernel/sql.ts'
import { extraColumn } from '../collection.ts'
import { quote } from '../collections/quote.ts'

/** Number of documents and, by column, a sum over the hashes of document and value. Equal for equal contents. */
export type ColumnSums = Readonly<Record<string, string | null>>

/** SQL of the sum of one column of rows that have an `id`. */
export function sumText(column: string, idColumn = 'id'): string {
  return `sum(hashtextextended(${column}::text, uuid_hash_extended(${idColumn}, 0))::numeric)::text`
}

/** Sums of what a change of one field must leave as it is: all other columns that hold values. */
export async function sumColumns(
  tx: Tx,
  schema: string,
  { name, fields, flexible }: CollectionDefinition,
  except: string,
): Promise<ColumnSums> {
  const stored = Object.entries(fields).flatMap(([field, { computed }]) =>
    computed === undefined && field !== except ? [field] : [],
  )
  const columns = ['created_at', 'updated_at', ...stored, ...(flexible ? [extraColumn] : [])]
  const sums = columns.map(column => `${sumText(quote(column))} as ${quote(column)}`)
  const [row] = await tx.query<Record<string, string | null>>(
    // The number of documents, and which they are.
    raw(
      `select count(*)::text as "documents", ${sumText("''")} as "id", ${sums.join(', ')} from ${quote(schema, name)}`,
    ),
  )
  return row!
}

/** @throws Problem `schema/values-lost`, naming the columns that are not what they were */
export function refuseDifference(collection: string, before: ColumnSums, after: ColumnSums): void {
  const changed = Object.keys({ ...before, ...after }).filter(column => before[column] !== after[column])
  if (changed.length === 0) return
  throw new Problem(
    schemaProblems['values-lost'],
    `${collection}: ${changed.join(', ')} would not be what it was, although nothing was to change there.`,
    { errors: changed.map(column => ({ at: `/fields/${column}`, message: 'changed without being named' })) },
  )
}
