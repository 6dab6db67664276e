import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import { dataProblems } from '@cloudbox/protocol/data'
import type { EnvironmentCopy } from '../../../kernel/copy-environment.ts'
import type { Tx } from '../../../kernel/db.ts'
import { toPgError } from '../../../kernel/pg-problem.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, join, sql, type Sql } from '../../../kernel/sql.ts'
import { extraColumn } from '../collection.ts'
import { indexField } from '../collections/indexes.ts'
import { fakeSql } from './fake-sql.ts'
import type { Sample } from './sample.ts'

export interface RowsToCopy {
  readonly definition: CollectionDefinition
  /** Absent for all rows. */
  readonly sample: Sample | undefined
  /** What fakes are computed with; absent where nothing is made up. */
  readonly key: Buffer | undefined
}

/**
 * Copies the rows of one collection inside Postgres. Ids and times stay what they are: the trigger that touches
 * `updated_at` hears of updates only.
 */
export async function copyRows(
  tx: Tx,
  { from, to }: EnvironmentCopy,
  { definition, sample, key }: RowsToCopy,
): Promise<void> {
  const { name, flexible, fields } = definition
  const written = Object.entries(fields).filter(([, { computed }]) => computed === undefined)
  const plain = ['id', 'created_at', 'updated_at', ...(flexible ? [extraColumn] : [])]
  const columns = [...plain, ...written.map(([field]) => field)].map(column => id(column))
  const values: Sql[] = plain.map(column => id('original', column))
  for (const [field, fieldDefinition] of written) {
    const column = id('original', field)
    if (fieldDefinition.pii !== undefined && key !== undefined)
      values.push(fakeSql(uniqueFake(definition, field), column, key))
    else if (fieldDefinition.type === 'relation' && sample !== undefined)
      values.push(sample.pointing(fieldDefinition, column))
    else values.push(column)
  }
  const chosen = sample === undefined ? sql`true` : sample.holds(name, id('original', 'id'))
  try {
    await tx.query(sql`
      insert into ${id(to.schema, name)} (${join(columns)})
      select ${join(values)} from ${id(from.schema, name)} original where ${chosen}`)
  } catch (error) {
    throw misfit(definition, error) ?? error
  }
}

/** Names from a list come more than once: where an index asks for unique ones, letters are. */
function uniqueFake({ fields, indexes = [] }: CollectionDefinition, name: string): FieldDefinition {
  const field = fields[name]!
  const isUnique = indexes.some(
    index => index.unique && index.fields.some(entry => indexField(entry).name === name),
  )
  return isUnique && field.pii === 'name' ? { ...field, pii: true } : field
}

/** A made-up value that its own field does not take. Real values were taken once, and are taken again. */
function misfit({ name, fields }: CollectionDefinition, error: unknown): Problem | undefined {
  const pg = toPgError(error)
  const place = pg?.code === '23502' ? pg.column : pg?.code === '23514' ? pg.constraint : undefined
  const field = Object.keys(fields).find(field => place === field || place?.startsWith(`${field}.`))
  if (field === undefined || fields[field]!.pii === undefined) return undefined
  return new Problem(
    dataProblems['fake-does-not-fit'],
    `No made-up value for ${name}.${field} fits what the field demands.`,
    { hint: `Give ${field} another kind of pii, or demand less of it (pattern, min, max).`, cause: error },
  )
}
