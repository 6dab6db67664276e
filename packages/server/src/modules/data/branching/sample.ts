import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import type { EnvironmentCopy } from '../../../kernel/copy-environment.ts'
import type { Tx } from '../../../kernel/db.ts'
import { id, join, sql, type Sql } from '../../../kernel/sql.ts'

/** A share of the documents of an environment, in which every reference holds. */
export interface Sample {
  /** Whether the document of a collection with this id belongs to it. */
  holds(collection: string, documentId: Sql): Sql
  /** The value of a relation: nothing where an optional one points to what is left out. */
  pointing(field: FieldDefinition, value: Sql): Sql
}

/** A required relation, by the numbers of its collections. */
interface Edge {
  readonly from: number
  readonly to: number
  readonly table: Sql
  readonly column: Sql
}

/** Ids are put into so many drawers by their hash. */
const drawers = 1_048_576

/**
 * Chooses documents by a hash of their ids: the same ones each time, and about the same share of each collection. Those a
 * chosen one points to with a required relation come too, and what these need, and so on; they are listed in a temporary
 * table. Optional relations bring nobody along.
 */
export async function chooseSample(
  tx: Tx,
  { from }: Pick<EnvironmentCopy, 'from'>,
  definitions: readonly CollectionDefinition[],
  { samplePercent }: { readonly samplePercent: number },
): Promise<Sample> {
  const share = Math.ceil((Math.min(100, Math.max(0, samplePercent)) / 100) * drawers)
  const isDrawn = (documentId: Sql) =>
    sql`(uuid_hash_extended(${documentId}, 0) & ${drawers - 1}::bigint) < ${share}::bigint`
  const numbers = new Map(definitions.map(({ name }, number) => [name, number]))
  const edges = definitions.flatMap(({ name, fields }) =>
    Object.entries(fields)
      .filter(([, { type, required }]) => type === 'relation' && required)
      .map(([field, { to }]): Edge => {
        const [table, column] = [id(from.schema, name), id('pointing', field)]
        return { from: numbers.get(name)!, to: numbers.get(to!)!, table, column }
      }),
  )
  const listed = new Set(edges.map(({ to }) => to))
  if (edges.length > 0) await listNeeded(tx, edges, isDrawn)

  const holds = (collection: string, documentId: Sql): Sql => {
    const number = numbers.get(collection)!
    if (!listed.has(number)) return isDrawn(documentId)
    return sql`(${isDrawn(documentId)} or exists (select from pg_temp.sample_needed needed
      where needed.collection = ${number}::int and needed.id = ${documentId}))`
  }
  return {
    holds,
    pointing: ({ to, required }, value) =>
      required ? value : sql`case when ${holds(to!, value)} then ${value} end`,
  }
}

/** Follows required relations from the documents that were drawn, until nothing is missing. */
async function listNeeded(tx: Tx, edges: readonly Edge[], isDrawn: (documentId: Sql) => Sql): Promise<void> {
  const drawn = edges.map(
    ({ to, table, column }) =>
      sql`select ${to}::int, ${column} from ${table} pointing where ${isDrawn(sql`pointing.id`)}`,
  )
  const further = edges.map(
    ({ from, to, table, column }) =>
      sql`select ${to}::int as collection, ${column} as id from ${table} pointing
        where needed.collection = ${from}::int and pointing.id = needed.id`,
  )
  await tx.script('create temporary table sample_needed (collection int, id uuid) on commit drop')
  await tx.query(sql`
    insert into pg_temp.sample_needed
    with recursive needed (collection, id) as (
      (${join(drawn, ' union ')})
      union
      select next.collection, next.id from needed cross join lateral (${join(further, ' union all ')}) next
    )
    select collection, id from needed`)
  await tx.script('create index on pg_temp.sample_needed (collection, id); analyze pg_temp.sample_needed')
}
