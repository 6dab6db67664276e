import type { FieldDefinition } from '@cloudbox/protocol/collection'
import type { PgFailure } from '../../../kernel/wire/pg-failure.ts'
import { sqlTypeOf } from '../collections/field-types.ts'
import { quote } from '../collections/quote.ts'
import type { RunningChange } from '../collections/running-change.ts'
import { compileTransform, type TransformedField } from '../transforms/compile-transform.ts'
import { findFailures } from '../transforms/explain-failures.ts'
import { refuseLost, refuseOtherValues, valuesLost } from '../transforms/refuse-lost.ts'
import { keepField, trashTable, type Culprit } from './trash.ts'

interface FieldTransform extends TransformedField {
  readonly before: FieldDefinition
  /** Turns the table into what is wanted, with this SQL for the values of fields. */
  put(using: ReadonlyMap<string, string>): Promise<unknown>
}

/**
 * Changes a field by a transform. What it makes of each value is kept beside the value, so that what it loses is seen
 * before anything is changed, and what has been written since can be told when the plan is undone.
 * @throws Problem `schema/values-lost`, `schema/invalid-transform`, `policy/invalid-expression`
 */
export async function transformField(
  change: RunningChange,
  culprit: Culprit,
  transform: FieldTransform,
): Promise<void> {
  const { tx, target } = change
  const { collection, field, before, after } = transform
  const { value, isMeant } = await compileTransform(tx, target.schema, transform)
  const expression = `(${value})::${sqlTypeOf(after)}`
  await tx.script('set local search_path = pg_catalog; savepoint transform')
  const columns = `${expression} as became, ${isMeant === undefined ? 'true' : `(${isMeant})`} as meant`
  const entry = await keepField(change, culprit, collection.name, [field, before], columns).catch(
    async (error: PgFailure) => {
      if (!/^(22|23|54)/.test(error.code)) throw error
      await tx.script('rollback to savepoint transform')
      const at = { collection: collection.name, field, expression }
      throw valuesLost(collection.name, field, await findFailures(tx, target.schema, at))
    },
  )
  const table = quote(target.schema, trashTable(entry))
  const kept = { collection: collection.name, field, table }
  await refuseLost(tx, kept)
  await tx.script(`release savepoint transform; alter table ${table} drop column meant`)
  await transform.put(new Map([[field, expression]]))
  await refuseOtherValues(tx, target.schema, kept)
  await tx.script('set local search_path to default')
}
