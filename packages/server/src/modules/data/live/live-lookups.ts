import type { Bound } from '@cloudbox/policy/bind'
import { columnsOf, decodeText } from '@cloudbox/policy/codec'
import { separateLookups, type SetLookup } from '@cloudbox/policy/lookups'
import type { FieldSchema } from '@cloudbox/policy/schema'
import type { Tx } from '../../../kernel/db.ts'
import { id, raw, sql } from '../../../kernel/sql.ts'
import type { StreamRow, StreamTable } from '../../../kernel/stream.ts'
import { tableSchema } from '../collections/table-schema.ts'
import type { Collection, Collections } from '../collection.ts'
import { predicateSql } from '../documents/predicate-sql.ts'
import type { ModelRow } from './live-query.ts'
import { rowReader } from './stream-reader.ts'

/** A look-up into another collection, as a set of values: read once, then kept from the changes of that collection. */
export interface LiveLookup {
  /** Equal for look-ups that have the same values, of one version of the collection they look into. */
  readonly key: string
  readonly collection: Pick<Collection, 'name' | 'schema' | 'version'>
  /** Which rows count, and which of their columns is the value. */
  readonly lookup: SetLookup
  /** Asks for at most `most` values, each with the number of rows that have it. */
  snapshot(tx: Tx, most: number): Promise<readonly { value: unknown; count: number }[]>
  /** A row of that collection from the change stream. */
  readRow(table: StreamTable, row: StreamRow): ModelRow
}

/** A predicate that needs no database: every look-up has become membership in the set of the same number. */
export interface Judged {
  readonly bound: Bound
  readonly lookups: readonly LiveLookup[]
}

/** Takes the look-ups out of a bound predicate; undefined when one of them cannot be a set. */
export function liveLookups(predicate: Bound, collections: Collections): Judged | undefined {
  const { isRealtime, bound, sets } = separateLookups(predicate)
  return isRealtime
    ? { bound, lookups: sets.map(lookup => toLive(lookup, collections.get(lookup.table.name)!)) }
    : undefined
}

function toLive(lookup: SetLookup, collection: Collection): LiveLookup {
  const { name, schema, version } = collection
  const field = columnsOf(lookup.table).find(({ column }) => column === lookup.column)
  return {
    key: JSON.stringify([version, lookup.key]),
    collection: { name, schema, version },
    lookup,
    snapshot: (tx, most) => readValues(tx, lookup, field, id(schema, name), most),
    readRow: rowReader(tableSchema(collection)),
  }
}

/** Values come as the change stream writes them: through the output function of their type. */
async function readValues(
  tx: Tx,
  { where }: SetLookup,
  field: FieldSchema | undefined,
  table: ReturnType<typeof id>,
  most: number,
): Promise<{ value: unknown; count: number }[]> {
  const column = field === undefined ? raw('true') : sql`s.${id(field.column)}`
  const found = await tx.query<{ value: string; count: string }>(sql`
    select format('%s', ${column}) as value, count(*)::text as count from ${table} s
    where ${predicateSql(where, { doc: 's' })} and ${column} is not null group by 1 limit ${most}`)
  return found.map(({ value, count }) => ({
    value: field === undefined ? true : decodeText(field.type, field.list, value),
    count: Number(count),
  }))
}
