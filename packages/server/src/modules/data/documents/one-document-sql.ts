import { isAlways, isNever, type Bound } from '@cloudbox/policy/bind'
import { quoteName } from '@cloudbox/policy/sql-text'
import { id, join, raw, sql, type Sql } from '../../../kernel/sql.ts'
import { columnList, typedColumns, type Representation } from './changed-sql.ts'
import type { Collection } from '../collection.ts'
import { missingSql } from './insert-sql.ts'
import { computedSql, splitPolicy } from './next-row.ts'
import { predicateSql } from './predicate-sql.ts'
import { documentSql } from './row-json.ts'
import { conditions, innerConditions, outputsSql, table } from './to-sql.ts'

// Writing one document is what apps do most. Without the tables of a writing statement for many it costs Postgres half;
// where it writes nothing, the statement for many is asked why.

/** The row of a statement that wrote its document. */
export interface QuickRow extends Record<string, unknown> {
  readonly commit: string
  /** As JSON text; null when the caller may not see it. */
  readonly document: string | null
}

/** What writing one document depends on, beside its values. */
export interface OneDocument {
  readonly collection: Collection
  readonly policy: Bound
  /** Columns that are given, in the order of their names. */
  readonly columns: readonly string[]
  readonly representation: Representation | undefined
}

/** Stands for the value of a column in a statement that is good for all. */
export type Place = (column: string) => unknown

/** Inserts a document when the policy lets it; undefined where only the statement for many can tell. */
export function insertOneSql(one: OneDocument, place: Place): Sql | undefined {
  const { collection, policy, columns } = one
  if (computedSql(policy, collection).length > 0) return undefined
  const row = join([...givenSql(one, place), ...missingSql(columns, collection)])
  const where = isAlways(policy) ? raw('') : sql` where ${predicateSql(policy, { next: 'n' })}`
  return sql`insert into ${table(collection)} as d (${columnList(columns)}) select ${columnList(columns, 'n')} from (select ${row}) n${where} returning ${answeredSql(one)}`
}

/** Changes the document with the id at the place `id` when the policy lets it; undefined as above. */
export function updateOneSql(one: OneDocument, place: Place): Sql | undefined {
  const { collection, policy, columns } = one
  const { stored, becoming } = splitPolicy(policy)
  if (becoming !== undefined && computedSql(becoming, collection).length > 0) return undefined
  const next = (column: string) => {
    if (columns.includes(column)) return `v.${quoteName(column)}`
    return column === 'updated_at' ? 'now()' : `d.${quoteName(column)}`
  }
  // As the trigger would set it, which so is not called.
  const touched = raw(`"updated_at" = greatest(now(), d."updated_at" + interval '1 microsecond')`)
  const set = join([...columns.map(column => sql`${id(column)} = v.${id(column)}`), touched])
  const policies = [
    ...(isAlways(stored) ? [] : [predicateSql(stored, { doc: 'd' })]),
    ...(becoming === undefined ? [] : [predicateSql(becoming, { doc: 'd', next })]),
  ]
  const where = conditions([sql`d."id" = ${place('id')}::uuid`, ...policies])
  return sql`update ${table(collection)} as d set ${set} from (select ${join(givenSql(one, place))}) v where ${where} returning ${answeredSql(one)}`
}

function givenSql({ columns, collection }: OneDocument, place: Place): Sql[] {
  return columns.map(column => {
    const type = typedColumns([column], collection).parts[0]!.slice(quoteName(column).length + 1)
    return sql`${place(column)}::${raw(type)} as ${id(column)}`
  })
}

function answeredSql({ representation }: OneDocument): Sql {
  const commit = sql`pg_current_xact_id()::text as "commit"`
  if (representation === undefined || isNever(representation.visible))
    return sql`${commit}, null as "document"`
  const { shape, visible } = representation
  const seen = [
    ...(isAlways(visible) ? [] : [predicateSql(visible, { doc: 'd' })]),
    ...innerConditions(shape, 'd'),
  ]
  const where = seen.length === 0 ? raw('') : sql` where ${conditions(seen)}`
  return sql`${commit}, (select ${documentSql('d', 'r', shape.withExtra)}::text from (select ${outputsSql(shape, 'd')}) r${where}) as "document"`
}
