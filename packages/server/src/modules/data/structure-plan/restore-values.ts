import type { FieldDefinition } from '@cloudbox/protocol/collection'
import { extraColumn } from '../collection.ts'
import { defaultSql } from '../collections/default-value.ts'
import { sqlTypeOf } from '../collections/field-types.ts'
import { readJson } from '../collections/move-field.ts'
import { quote, quoteText } from '../collections/quote.ts'
import type { RunningChange } from '../collections/running-change.ts'
import { typeChange } from '../collections/type-change.ts'
import { trashTable } from './trash.ts'

/** A field that gets back what it had. */
export interface Restored {
  readonly collection: string
  readonly field: string
  /** As the field was before the plan that is undone. */
  readonly old: FieldDefinition
  /** Entry of the trash with the old values. */
  readonly entry: number
}

/** A field that was something else meanwhile. */
export interface Replaced extends Restored {
  /** As the undone plan had made it. */
  readonly since: FieldDefinition
  /** Entry of the trash with the values it had until now. */
  readonly entryNow: number
  /** The entry tells what each value had become. */
  readonly isTransformed: boolean
}

/** Fills a field that was dropped: documents that came later, and values that came back otherwise, stay. */
export async function restoreField(change: RunningChange, restored: Restored): Promise<void> {
  const { schema } = change.target
  const column = quote(restored.field)
  const preset = defaultSql(restored.old) ?? 'null'
  await update(
    change,
    restored,
    `set ${column} = before.value from ${quote(schema, trashTable(restored.entry))} before
     where before.id = t.id and t.${column}::text is not distinct from (${preset})::text`,
  )
}

/** Fills a field that had another type: values nobody touched become what they were, others are converted where they can be. */
export async function restoreReplaced(change: RunningChange, replaced: Replaced): Promise<void> {
  const { schema, version } = change.target
  const { old, since, entry, entryNow, isTransformed } = replaced
  const column = quote(replaced.field)
  const forth = since.computed === undefined ? typeChange(old, since, 'before.value') : 'impossible'
  const back = typeChange(since, old, 'now.value')
  const untouched = isTransformed
    ? 'before.id is not null and before.became::text is not distinct from now.value::text'
    : typeof forth === 'object'
      ? `before.id is not null and (${forth.using}) is not distinct from now.value`
      : 'before.id is not null'
  const type = sqlTypeOf(old)
  const isValid =
    typeof back === 'object' && back.input !== undefined && version >= 16
      ? `now.value is null or pg_input_is_valid(${back.input}, '${type}')`
      : 'true'
  const converted =
    typeof back === 'object'
      ? `case when ${isValid} then ${back.using} end`
      : back === 'none'
        ? 'now.value'
        : `case when before.id is not null then before.value else t.${column} end`
  await update(
    change,
    replaced,
    `set ${column} = case when ${untouched} then before.value else ${converted} end
     from ${quote(schema, trashTable(entryNow))} now
     left join ${quote(schema, trashTable(entry))} before on before.id = now.id
     where now.id = t.id`,
  )
}

/** Puts the values of a field, which is none any more, back among the unknown ones. */
export async function restoreUnknownField(
  change: RunningChange,
  {
    collection,
    field,
    since,
    entry,
    entryNow,
  }: Omit<Replaced, 'old' | 'entry' | 'isTransformed'> & { readonly entry?: number | undefined },
  /** When the field was added, as Postgres writes it: a default may have been the time. */
  addedAt: string,
): Promise<void> {
  const { schema } = change.target
  const key = quoteText(field)
  const preset = defaultSql(since)?.replace(/^now\(\)$/, `${quoteText(addedAt)}::timestamptz`) ?? 'null'
  const json =
    since.type === 'geopoint'
      ? `jsonb_build_object('lat', now.value[1], 'lng', now.value[0])`
      : 'to_jsonb(now.value)'
  const before =
    entry === undefined
      ? `(select null::uuid as id, null::jsonb as value where false)`
      : quote(schema, trashTable(entry))
  const restored = { collection, field, old: since, entry: entryNow }
  await update(
    change,
    restored,
    `set ${extraColumn} = t.${extraColumn} || case
       when before.id is not null and (${readJson(since, 'before.value')})::text is not distinct from now.value::text
         then jsonb_build_object(${key}, before.value)
       when now.value is null or before.id is null and now.value::text is not distinct from (${preset})::text then '{}'
       else jsonb_build_object(${key}, ${json}) end
     from ${quote(schema, trashTable(entryNow))} now left join ${before} before on before.id = now.id
     where now.id = t.id`,
  )
}

/** The documents mean the same as before the plan: they have not been updated. */
async function update(
  change: RunningChange,
  { collection, field, old }: Restored,
  text: string,
): Promise<void> {
  const table = quote(change.target.schema, collection)
  await change.run([
    { text: `alter table ${table} disable trigger touch_updated_at` },
    {
      text: `update ${table} t ${text}`,
      demand: {
        at: `/fields/${field}/type`,
        message: `every ${field} written since has to be readable as ${old.type}`,
      },
    },
    { text: `alter table ${table} enable trigger touch_updated_at` },
  ])
}
