import { setTimeout } from 'node:timers/promises'
import { check } from '@cloudbox/policy/check'
import type { CollectionDefinition } from '@cloudbox/protocol/collection'
import type { Environment } from '../../../kernel/caller.ts'
import type { PgFailure } from '../../../kernel/wire/pg-failure.ts'
import { raw, sql } from '../../../kernel/sql.ts'
import { columnOf } from '../collections/field-types.ts'
import { indexText } from '../collections/index-ddl.ts'
import { indexesOf, type TableIndex } from '../collections/indexes.ts'
import { partName } from '../collections/names.ts'
import { quote } from '../collections/quote.ts'
import { trigramSchema } from '../collections/server-traits.ts'
import { tableSchema } from '../collections/table-schema.ts'
import { toCollection } from '../collections/to-collection.ts'
import { fieldsRead } from '../structure-plan/fields-read.ts'
import { stillRunning } from './backfill.ts'
import type { ChangeSession } from './session.ts'

/** The change cannot go on until somebody has mended something. */
export class ChangeFailed extends Error {}

/** Waits for old transactions to end, which keeps nobody else waiting. */
const lockTimeoutMs = 10_000
const attempts = 60

/** Indexes of a definition that hold or read a field. */
export function indexesOver(definition: CollectionDefinition, field: string): TableIndex[] {
  return indexesOf(definition).filter(
    ({ fields, where }) =>
      fields.some(({ name }) => name === field) || (where !== undefined && fieldsRead(where).has(field)),
  )
}

/** The name an index has until its column takes its place. */
export function nextIndexName(collection: string, index: TableIndex): string {
  return partName(collection, index.name, 'next')
}

export interface IndexToBuild {
  readonly change: string
  readonly definition: CollectionDefinition
  readonly index: TableIndex
  /** Under this name… */
  readonly name: string
  /** …and with this column in the place of a field. */
  readonly instead?: { readonly field: string; readonly column: string }
}

/**
 * Makes an index beside reads and writes. One that was left half-made, as Postgres leaves it when the making fails or ends, is
 * dropped and made anew.
 * @throws ChangeFailed where documents do not fit it
 */
export async function buildIndex(
  session: ChangeSession,
  environment: Environment,
  { change, definition, index, name, instead }: IndexToBuild,
): Promise<void> {
  const { db } = session
  const { schema } = environment
  const collection = toCollection(definition, { schema, version: 0, incoming: [] })
  const fields = new Map(
    [...collection.fields].map(([key, field]) => [
      key,
      key === instead?.field ? { ...field, column: instead.column } : field,
    ]),
  )
  const doc = tableSchema({ ...collection, fields })
  const indexFilters = (definition.indexes ?? []).map(({ where }) =>
    where === undefined ? undefined : check(where, { doc, auth: false, request: false }),
  )
  const trigrams = index.kind === 'trigram' ? await trigramSchema(db) : 'public'
  const text = indexText(
    index,
    { definition, indexFilters },
    { schema, trigramSchema: trigrams },
    {
      name,
      concurrently: true,
      column: field => (field === instead?.field ? instead.column : columnOf(field)),
    },
  )
  await db.query(sql`select set_config('lock_timeout', ${String(lockTimeoutMs)}, false)`)
  for (let attempt = 1; ; attempt++) {
    await stillRunning(session, environment, change)
    const isValid = await findIndex(session, schema, name)
    if (isValid === true) return
    try {
      if (isValid === false) await db.query(raw(`drop index concurrently ${quote(schema, name)}`))
      await db.query(raw(text))
    } catch (error) {
      const { code } = error as PgFailure
      if (code === '23505')
        throw new ChangeFailed(
          `No two documents may have the same ${index.fields.map(field => field.name).join(', ')}.`,
          { cause: error },
        )
      // Somebody holds the table, or the build and another one waited for each other.
      if (!['55P03', '40P01', '57014'].includes(code) || attempt === attempts) throw error
      await setTimeout(Math.min(2000, 100 * attempt))
    }
  }
}

/** Whether an index of that name can be used; undefined where there is none. */
async function findIndex({ db }: ChangeSession, schema: string, name: string): Promise<boolean | undefined> {
  const [row] = await db.query<{ valid: boolean }>(sql`
    select indisvalid and indisready as valid from pg_index join pg_class c on c.oid = indexrelid
      join pg_namespace n on n.oid = relnamespace where nspname = ${schema} and relname = ${name}`)
  return row?.valid
}
