import { dataProblems } from '@cloudbox/protocol/data'
import type { Database, Queryable } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Target } from './to-ddl.ts'

const known = new WeakMap<Database, Promise<boolean>>()

/** Whether the database's own collation sorts text by code point, as expressions and JavaScript do. Asked once. */
export function sortsByCodePoint(db: Database): Promise<boolean> {
  const before = known.get(db)
  if (before !== undefined) return before
  const asked = ask(db)
  known.set(db, asked)
  asked.catch(() => known.delete(db))
  return asked
}

async function ask(db: Database): Promise<boolean> {
  // Every locale of the builtin provider (b) sorts by code point; of the system's, only C and its likes do.
  const [row] = await db.query<{ sorts: boolean }>(sql`
    select encoding = pg_char_to_encoding('UTF8')
      and (datlocprovider::text = 'b'
        or datlocprovider::text = 'c' and datcollate in ('C', 'POSIX', 'C.UTF-8', 'C.utf8')) as sorts
    from pg_database where datname = current_database()`)
  return row!.sorts
}

/**
 * The schema pg_trgm lives in; it is installed into `public` when it is not there yet.
 * @throws Problem `data/invalid-collection` when this server does not have it.
 */
export async function trigramSchema(tx: Queryable): Promise<string> {
  const available = await tx.query(sql`select from pg_available_extensions where name = 'pg_trgm'`)
  if (available.length === 0) {
    throw new Problem(dataProblems['invalid-collection'], 'This Postgres has no trigram indexes.', {
      hint: 'Install the extension pg_trgm (it is among the contrib modules), or leave out the index.',
    })
  }
  await tx.query(sql`create extension if not exists pg_trgm with schema public`)
  const [row] = await tx.query<{ schema: string }>(sql`
    select nspname as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where extname = 'pg_trgm'`)
  return row!.schema
}

/** What a structure is written for, but for the schema and role of the environment. */
export type ServerTraits = Pick<Target, 'version' | 'sortsByCodePoint'>

export async function serverTraits(db: Database): Promise<ServerTraits> {
  return { version: db.version, sortsByCodePoint: await sortsByCodePoint(db) }
}
