import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import { schemaProblems, type Transform } from '@cloudbox/protocol/schema'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { compileCel, type CompiledTransform } from './compile-cel.ts'
import { compileSql } from './compile-sql.ts'

/** A change of one field by a transform. */
export interface TransformedField {
  /** As it is before the change. */
  readonly collection: CollectionDefinition
  readonly field: string
  readonly after: FieldDefinition
  readonly using: Transform
}

/**
 * What is wrong with a transform as far as it can be told without the database. Pure.
 * @throws Problem
 */
export function checkTransform({ collection, field, after, using }: TransformedField): void {
  const refuse = (message: string, hint: string): Problem =>
    new Problem(schemaProblems['invalid-transform'], `${collection.name}.${field}: ${message}.`, {
      hint,
      errors: [{ at: `/fields/${field}/using`, message }],
    })
  if (after.computed !== undefined)
    throw refuse('what is computed has no values to be changed', 'Leave the transform out.')
  if (collection.fields[field]?.computed !== undefined)
    throw refuse(
      'the field is computed until now and has no values of its own',
      'Make it a field that is stored first, then change it.',
    )
  if ('cel' in using) compileCel(using.cel, collection, field, after)
}

/**
 * A transform as SQL over the columns of the row, to be run with `search_path` = `pg_catalog`.
 * @throws Problem `schema/invalid-transform`, `policy/invalid-expression`
 */
export async function compileTransform(
  tx: Tx,
  schema: string,
  { collection, field, after, using }: TransformedField,
): Promise<CompiledTransform> {
  if ('cel' in using) return compileCel(using.cel, collection, field, after)
  if ('sql' in using) return compileSql(tx, schema, collection, { field, after, text: using.sql })
  throw new Problem(
    schemaProblems['invalid-transform'],
    `${collection.name}.${field}: a function runs where its file is, in batches, and this change is one transaction.`,
    { hint: 'Make it an online change (online: true), or write the transform in CEL or SQL.' },
  )
}
