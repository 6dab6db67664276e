import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import type { Queryable, Tx } from '../../../kernel/db.ts'
import { id, sql } from '../../../kernel/sql.ts'
import { extraColumn } from '../collection.ts'
import { partName } from '../collections/names.ts'
import { quote, quoteText } from '../collections/quote.ts'
import type { RunningChange } from '../collections/running-change.ts'

/** How long what was dropped is kept. */
export const trashDays = 14

/** Something a plan took away. */
export type TrashEntry = {
  readonly id: number
  /** Name of the collection when it was taken. */
  readonly collection: string
  /** Of a field: beside each value stands what its transform made of it, in the column `became`. */
  readonly isTransformed: boolean
} & (
  | { readonly kind: 'collection'; readonly definition: CollectionDefinition }
  /** Values of a field, or of an unknown field that became a known one. */
  | { readonly kind: 'field' | 'unknown-field'; readonly field: string; readonly definition: FieldDefinition }
)

export function trashTable(entry: number): string {
  return `data_trash_${entry}`
}

/** Which step of which plan throws something away. */
export interface Culprit {
  readonly plan: string
  /** From 1. */
  readonly step: number
}

type NewEntry = Pick<TrashEntry, 'kind' | 'collection' | 'definition'> & {
  readonly field?: string
  readonly isTransformed?: boolean
}

/** Notes something that was taken away; the table with its values is up to the caller. */
export async function noteTrash(
  tx: Tx,
  schema: string,
  { plan, step }: Culprit,
  entry: NewEntry,
): Promise<number> {
  const [row] = await tx.query<{ id: string }>(sql`
    insert into ${id(schema, 'data_trash')} (plan, step, kind, collection, field, definition, is_transformed, expires_at)
    values (${plan}, ${step}, ${entry.kind}, ${entry.collection}, ${entry.field ?? null},
      ${JSON.stringify(entry.definition)}, ${entry.isTransformed ?? false}, now() + make_interval(days => ${trashDays}::int))
    returning id`)
  return Number(row!.id)
}

/** Notes how much room it takes. */
export async function weigh(tx: Tx, schema: string, entry: number): Promise<void> {
  await tx.query(sql`
    update ${id(schema, 'data_trash')} set bytes = pg_total_relation_size(${quote(schema, trashTable(entry))}::regclass)
    where id = ${entry}`)
}

/** Copies what documents have in a field, the empty ones too: who came later is not among them. */
export async function keepField(
  { tx, target: { schema } }: RunningChange,
  culprit: Culprit,
  collection: string,
  [field, definition]: readonly [string, FieldDefinition],
  /** More columns as SQL: what a transform makes of the value. */
  transformed?: string,
): Promise<number> {
  const isTransformed = transformed !== undefined
  const entry = await noteTrash(tx, schema, culprit, {
    kind: 'field',
    collection,
    field,
    definition,
    isTransformed,
  })
  await tx.script(`create table ${quote(schema, trashTable(entry))} as
    select id, ${quote(field)} as value${isTransformed ? `, ${transformed}` : ''} from ${quote(schema, collection)}`)
  await weigh(tx, schema, entry)
  return entry
}

/** Copies what documents have under a name that is unknown until now. */
export async function keepUnknownField(
  { tx, target: { schema } }: RunningChange,
  culprit: Culprit,
  collection: string,
  [field, definition]: readonly [string, FieldDefinition],
): Promise<void> {
  const table = quote(schema, collection)
  const key = quoteText(field)
  const [used] = await tx.query(sql`
    select from ${id(schema, collection)} where ${id(extraColumn)} ? ${field} limit 1`)
  if (used === undefined) return
  const entry = await noteTrash(tx, schema, culprit, { kind: 'unknown-field', collection, field, definition })
  await tx.script(`create table ${quote(schema, trashTable(entry))} as
    select id, ${extraColumn} -> ${key} as value from ${table} where ${extraColumn} ? ${key}`)
  await weigh(tx, schema, entry)
}

/** Puts the table of a collection aside, which nothing is tied to any more. */
export async function keepCollection(
  { tx, target: { schema, role } }: RunningChange,
  culprit: Culprit,
  definition: CollectionDefinition,
): Promise<void> {
  const { name } = definition
  const entry = await noteTrash(tx, schema, culprit, { kind: 'collection', collection: name, definition })
  await tx.script(`
    alter table ${quote(schema, name)} rename to ${quote(trashTable(entry))};
    alter index ${quote(schema, partName(name, 'pkey'))} rename to ${quote(`${trashTable(entry)}.pkey`)};
    revoke all on ${quote(schema, trashTable(entry))} from ${quote(role)}`)
  await weigh(tx, schema, entry)
}

/** Takes the table of a collection back. */
export async function bringBackTable(
  { tx, target: { schema, role } }: RunningChange,
  entry: number,
  name: string,
): Promise<void> {
  await tx.script(`
    alter table ${quote(schema, trashTable(entry))} rename to ${quote(name)};
    alter index ${quote(schema, `${trashTable(entry)}.pkey`)} rename to ${quote(partName(name, 'pkey'))};
    grant select, insert, update, delete on ${quote(schema, name)} to ${quote(role)}`)
  await tx.query(sql`delete from ${id(schema, 'data_trash')} where id = ${entry}`)
}

/** Removes what has been put back from the trash. */
export async function discard(tx: Tx, schema: string, entry: number): Promise<void> {
  await tx.script(`drop table ${quote(schema, trashTable(entry))}`)
  await tx.query(sql`delete from ${id(schema, 'data_trash')} where id = ${entry}`)
}

interface TrashRow extends Record<string, unknown> {
  readonly id: string
  readonly kind: TrashEntry['kind']
  readonly collection: string
  readonly field: string | null
  readonly definition: string
  readonly isTransformed: boolean
}

/** What a plan threw away and is still there. */
export async function trashOf(db: Queryable, schema: string, plan: string): Promise<TrashEntry[]> {
  const rows = await db.query<TrashRow>(sql`
    select id, kind, collection, field, definition, is_transformed as "isTransformed" from ${id(schema, 'data_trash')} where plan = ${plan} order by id`)
  return rows.map(
    row => ({ ...row, id: Number(row.id), definition: JSON.parse(row.definition) as unknown }) as TrashEntry,
  )
}
