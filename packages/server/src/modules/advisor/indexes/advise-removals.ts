import type { IndexAdvice } from '@cloudbox/protocol/advisor'
import type { Database } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Collection, NamedIndex } from '../../data/module.ts'
import { allIndexes, covers } from './covers.ts'

type Removal = Extract<IndexAdvice, { kind: 'drop' | 'repair' }>

/** A table has to have been read so often before an index nobody used is called unused. */
const neededReads = 1000

interface IndexUse extends Record<string, unknown> {
  readonly table: string
  readonly name: string
  readonly scans: number
  /** How often the table was read in any way. */
  readonly reads: number
  readonly bytes: number
  readonly isValid: boolean
}

/**
 * Indexes that only cost: those that another one makes needless, those that nobody used while their table was read often,
 * and those whose making was interrupted.
 *
 * @param indexesOf indexes of a collection with their names in Postgres
 */
export async function adviseRemovals(
  db: Database,
  schema: string,
  collections: ReadonlyMap<string, Collection>,
  indexesOf: (collection: Collection) => readonly NamedIndex[],
): Promise<Removal[]> {
  const uses = await readUses(db, schema)
  const invalid = uses
    .filter(({ isValid }) => !isValid)
    .map(({ table, name }): Removal => ({
      kind: 'repair',
      collection: table,
      index: name,
      reason: 'Its making was interrupted: it costs every write and serves no read.',
    }))
  const drops = [...collections.values()].flatMap(collection => {
    const indexes = indexesOf(collection)
    return indexes.flatMap(({ postgresName, authored }): Removal[] => {
      const use = uses.find(({ table, name }) => table === collection.name && name === postgresName)
      if (authored === undefined || use === undefined || !use.isValid) return []
      const reason = whyNeedless(collection, authored, use)
      if (reason === undefined) return []
      return [{ kind: 'drop', collection: collection.name, index: authored, reason, bytes: use.bytes }]
    })
  })
  return [...invalid, ...drops.toSorted((a, b) => ('bytes' in a && 'bytes' in b ? b.bytes - a.bytes : 0))]
}

function whyNeedless(
  { definition }: Collection,
  index: NonNullable<NamedIndex['authored']>,
  { scans, reads }: IndexUse,
): string | undefined {
  const own = definition.indexes?.indexOf(index) ?? -1
  const better = allIndexes(definition).find((other, i, all) => {
    if (other === index || !covers(other, index)) return false
    // Of two that are the same the later one goes.
    const place = i - (all.length - (definition.indexes?.length ?? 0))
    return !covers(index, other) || place < own
  })
  if (better !== undefined) return `The index on ${better.fields.join(', ')} does all that this one does.`
  const isNeeded = index.unique === true || scans > 0 || reads < neededReads
  return isNeeded ? undefined : `Nobody used it while its collection was read ${reads} times.`
}

function readUses(db: Database, schema: string): Promise<IndexUse[]> {
  return db.query<IndexUse>(sql`
    select t.relname as "table", i.relname as "name", coalesce(s.idx_scan, 0)::float8 as "scans",
      (coalesce(u.seq_scan, 0) + coalesce(u.idx_scan, 0))::float8 as "reads",
      pg_relation_size(i.oid)::float8 as "bytes", x.indisvalid as "isValid"
    from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
      join pg_namespace n on n.oid = t.relnamespace
      left join pg_stat_user_indexes s on s.indexrelid = i.oid
      left join pg_stat_user_tables u on u.relid = t.oid
    where n.nspname = ${schema} and t.relkind = 'r' order by 1, 2`)
}
