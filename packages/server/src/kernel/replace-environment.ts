import type { Environment } from './caller.ts'
import type { EnvironmentCopier } from './copy-environment.ts'
import type { Tx } from './db.ts'
import { id, sql } from './sql.ts'
import type { ChangeStream } from './stream.ts'

/** What takes the place of what is in an environment. */
export interface Replacement {
  readonly environment: Environment
  /** A schema with the content it gets; it is used up. */
  readonly by: string
  /** The schema its present content is put aside in; there must be none of that name. */
  readonly keptIn: string
}

/**
 * Gives an environment another content, within a transaction of the caller. The environment keeps the name of its schema,
 * so whatever is prepared, planned or in memory finds the other tables under the same names.
 *
 * @returns what is to be called after the commit: then no process acts on what was before
 */
export async function replaceEnvironment(
  tx: Tx,
  {
    copiers,
    stream,
  }: { readonly copiers: readonly EnvironmentCopier[]; readonly stream: Pick<ChangeStream, 'publish'> },
  { environment, by, keptIn }: Replacement,
): Promise<() => Promise<void>> {
  const { schema, role } = environment
  const kept = { ...environment, schema: keptIn }
  const [present, next, aside, roleName] = [schema, by, keptIn, role].map(name => id(name).parts[0]!)
  // Those above first: who writes there goes on to the tables below.
  for (const { leave } of copiers.toReversed()) await leave?.(tx, environment)
  const tables = await tx.query<{ name: string }>(sql`
    select distinct relname as name from pg_class
    where relnamespace in (${schema}::regnamespace, ${by}::regnamespace) and relkind = 'r' and relpersistence = 'p'`)
  await tx.script(
    `alter schema ${present} rename to ${aside}; revoke usage on schema ${aside} from ${roleName}`,
  )
  await tellEmptied(
    tx,
    stream,
    schema,
    tables.map(({ name }) => name),
  )
  await tx.script(
    `alter schema ${next} rename to ${present}; grant usage on schema ${present} to ${roleName}`,
  )
  await tx.query(sql`update cloudbox.migrations set schema = ${keptIn} where schema = ${schema}`)
  await tx.query(sql`update cloudbox.migrations set schema = ${schema} where schema = ${by}`)
  await stream.publish(tx, schema)
  for (const { takeOver } of copiers) await takeOver?.(tx, { environment, kept })
  const copy = {
    from: kept,
    to: environment,
    plan: { data: 'all', secrets: true, isSnapshot: true },
  } as const
  return async () => {
    for (const { settle } of copiers) await settle?.(copy)
  }
}

/**
 * Tells in the change stream that the tables of these names are not what they were. Nobody hears of rows that come and go
 * with a whole schema: tables that take the place for a moment are emptied, which everyone hears.
 */
async function tellEmptied(
  tx: Tx,
  stream: Pick<ChangeStream, 'publish'>,
  schema: string,
  names: readonly string[],
): Promise<void> {
  const tables = names.map(name => id(schema, name).parts[0]!)
  const place = id(schema).parts[0]!
  await tx.script(
    [`create schema ${place}`, ...tables.map(table => `create table ${table} (id uuid)`)].join(';'),
  )
  await stream.publish(tx, schema)
  await tx.script(`truncate ${tables.join(', ')}; drop schema ${place} cascade`)
}
