import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Database, Queryable } from './db.ts'
import { toPgError } from './pg-problem.ts'
import { StartProblem } from './postgres/start-problem.ts'
import { id, sql } from './sql.ts'

/** A folder of numbered migrations, and the schema they are applied in. */
export interface MigrationTarget {
  /** The module's word. */
  readonly word: string
  /** Folder of files `0001_verb_noun.sql`. */
  readonly folder: URL
  /** Postgres schema; `{schema}` in the files stands for it, quoted. */
  readonly schema: string
  /** Role of direct connections; `{role}` in the files stands for it, quoted. */
  readonly role?: string
  /** Applies only those up to this number; all unless told. */
  readonly upTo?: number | undefined
}

/** Two servers that start at once must not migrate at once. The number is arbitrary. */
const migrationLock = 7_203_120

/** Makes the platform's schema and the table that remembers what has been applied. */
export async function prepareMigrations(db: Database): Promise<void> {
  await db.transaction(async tx => {
    await tx.query(sql`select pg_advisory_xact_lock(${migrationLock})`)
    await tx.script(`
      create schema if not exists cloudbox;
      create table if not exists cloudbox.migrations (
        schema text not null, word text not null, number int not null, name text not null,
        checksum text not null, applied_at timestamptz not null default now(),
        primary key (schema, word, number)
      );
      create table if not exists cloudbox.master_key (
        one boolean primary key default true check (one),
        fingerprint text not null
      )`)
  })
}

/** How far each module has come in a schema: its word and the number of its last migration. */
export type Levels = Readonly<Record<string, number>>

export async function levelsOf(db: Queryable, schema: string): Promise<Levels> {
  const rows = await db.query<{ word: string; number: number }>(
    sql`select word, max(number) as number from cloudbox.migrations where schema = ${schema} group by word`,
  )
  return Object.fromEntries(rows.map(({ word, number }) => [word, Number(number)]))
}

/**
 * Applies what is missing, each file in its own transaction. A file that changed after it was applied is refused:
 * a released migration is never edited.
 *
 * @throws StartProblem where a table of the module would have the name of one that is there
 */
export async function migrate(db: Database, target: MigrationTarget): Promise<void> {
  const files = await readMigrations(target.folder)
  const applied = await db.query<{ number: number; checksum: string }>(
    sql`select number, checksum from cloudbox.migrations where schema = ${target.schema} and word = ${target.word}`,
  )
  const known = new Map(applied.map(row => [row.number, row.checksum]))
  for (const file of files) {
    if (file.number > (target.upTo ?? Infinity)) break
    const checksum = known.get(file.number)
    if (checksum === file.checksum) continue
    if (checksum !== undefined) {
      throw new Error(`${target.word}/${file.name} was changed after it was applied to ${target.schema}`)
    }
    await apply(db, target, file)
  }
}

interface MigrationFile {
  readonly number: number
  readonly name: string
  readonly text: string
  readonly checksum: string
}

async function apply(db: Database, target: MigrationTarget, file: MigrationFile): Promise<void> {
  await db.transaction(async tx => {
    await tx.query(sql`select pg_advisory_xact_lock(${migrationLock})`)
    const inserted = await tx.query(
      sql`insert into cloudbox.migrations (schema, word, number, name, checksum)
          values (${target.schema}, ${target.word}, ${file.number}, ${file.name}, ${file.checksum})
          on conflict do nothing returning number`,
    )
    // Another server was faster.
    if (inserted.length === 0) return
    const text = file.text
      .replaceAll('{schema}', id(target.schema).parts[0]!)
      .replaceAll('{role}', id(target.role ?? '').parts[0]!)
    await tx.script(text).catch((error: unknown) => {
      throw nameTaken(error, target) ?? error
    })
  })
}

/** A table of the module has the name of one that is there: somebody made it before the module came. */
function nameTaken(error: unknown, { word, schema }: MigrationTarget): StartProblem | undefined {
  if (toPgError(error)?.code !== '42P07') return undefined
  const name = /"(.+)"/.exec((error as Error).message)?.[1] ?? 'of a table'
  return new StartProblem(
    'server/name-taken',
    `Module ${word} needs the name ${name} in schema ${schema}, and something else has it.`,
    `Nothing was lost. If it is a collection, start the version of CloudBox you had and give it another name: PATCH /v1/data/$collections/${name} with { "name": "…" }; relations and policies follow. What was made with SQL is renamed with SQL. Then start this version again.`,
  )
}

async function readMigrations(folder: URL): Promise<MigrationFile[]> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name, i) => {
      const number = Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1])
      if (number !== i + 1) throw new Error(`${name}: migrations are numbered 0001, 0002 … without gaps`)
      const text = await readFile(new URL(name, folder), 'utf8')
      return { number, name, text, checksum: createHash('sha256').update(text).digest('hex').slice(0, 32) }
    }),
  )
}
