import { dataProblems } from '@cloudbox/protocol/data'
import { schemaProblems } from '@cloudbox/protocol/schema'
import type { Environment } from '../../../kernel/caller.ts'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { id, literal, sql } from '../../../kernel/sql.ts'
import { PgFailure } from '../../../kernel/wire/pg-failure.ts'
import { sqlRoleOf } from '../../platform/module.ts'
import { prepareRole } from './prepare-role.ts'

/** What SQL is called while it runs; nothing else can have these names. */
const names = { code: 'schema_sql', run: 'schema_sql_run' }

const text = (...parts: string[]): string => id(...parts).parts[0]!
const quoted = (value: string): string => literal(value).parts[0]!.trim()

/**
 * Runs SQL of a migration in the transaction of that migration, as a role that may do in its environment what documents
 * may be done with, and may make things of its own there.
 *
 * The session is the platform's, so what keeps the SQL from becoming the platform is Postgres' own security-restricted
 * operation: the text is the body of a function, and refreshing a materialized view of that role calls it. There
 * Postgres lets nobody change roles, prepare statements, make temporary objects, leave cursors or deferred triggers
 * behind, and puts every setting back (ADR 28).
 *
 * @throws Problem with the line at fault
 */
export async function runSql(tx: Tx, environment: Environment, statements: string): Promise<void> {
  const { schema } = environment
  const role = sqlRoleOf(environment.role)
  await prepareRole(tx, environment)
  const body = `begin execute ${quoted(statements)}; return 0; end`
  await tx.script(`
    create function ${text(schema, names.code)}() returns int language plpgsql
      set search_path = ${text(schema)}, pg_temp as ${quoted(body)};
    create materialized view ${text(schema, names.run)} as select ${text(schema, names.code)}() as done with no data;
    revoke all on function ${text(schema, names.code)}() from public;
    alter function ${text(schema, names.code)}() owner to ${text(role)};
    alter materialized view ${text(schema, names.run)} owner to ${text(role)}`)
  await tx.script(`refresh materialized view ${text(schema, names.run)}`).catch((error: unknown) => {
    throw problemOf(error, statements)
  })
  await refuseTemporary(tx)
  await tx.script(`
    drop materialized view ${text(schema, names.run)};
    drop function ${text(schema, names.code)}()`)
  await refuseReservedNames(tx, schema, role)
}

/**
 * Types of the session's own are found before all others, so this comes before any statement that names one. The connection
 * is new: nobody else has made something temporary in it.
 */
async function refuseTemporary(tx: Tx): Promise<void> {
  const [made] = await tx.query<{ place: string }>(
    sql`select pg_catalog.pg_my_temp_schema()::pg_catalog.text as place`,
  )
  if (made!.place === '0' || made!.place === '-') return
  throw new Problem(schemaProblems['sql-refused'], 'SQL: nothing temporary can be made in a migration.', {
    hint: 'Make a table and drop it at the end, or use a common table expression.',
  })
}

/** The platform makes tables under such names in updates to come. */
async function refuseReservedNames(tx: Tx, schema: string, role: string): Promise<void> {
  const [made] = await tx.query<{ name: string }>(sql`
    select name from (
      select relname as name, relowner as owner, relnamespace as place from pg_catalog.pg_class
      union all select proname, proowner, pronamespace from pg_catalog.pg_proc
      union all select typname, typowner, typnamespace from pg_catalog.pg_type
    ) made
    where owner = ${role}::regrole and place = ${text(schema)}::regnamespace
      and name ~* '^_?(platform|data|schema|auth|realtime|storage|functions|workflows|monitoring|advisor|ai|edge|apps|marketplace|governance|cloudbox)_'
    limit 1`)
  if (made === undefined) return
  const [word] = made.name.split('_')
  const message = `the name ${made.name} belongs to the platform`
  throw new Problem(schemaProblems['sql-refused'], `SQL: ${message}.`, {
    hint: `Take a name that does not start with ${word}_.`,
    errors: [{ at: '', message }],
  })
}

/** The author's own SQL: he may know what Postgres says of it. */
function problemOf(error: unknown, statements: string): unknown {
  if (!(error instanceof PgFailure)) return error
  switch (error.code) {
    case '55P03':
    case '40P01':
      return new Problem(dataProblems['collection-busy'], 'Other work holds what the SQL asks for.', {
        hint: 'Nothing was changed. Try again; if it stays, look for a transaction that was left open.',
        headers: { 'retry-after': '1' },
        cause: error,
      })
    case '57014':
      return new Problem(dataProblems['too-slow'], 'The SQL took too long.', {
        hint: 'Nothing was changed. Do it in smaller steps.',
        cause: error,
      })
  }
  if (/^(08|57P|XX)/.test(error.code)) return error
  const { message, detail, internalPosition } = error
  const place = internalPosition === undefined ? '' : `[${internalPosition - 1}]`
  const line =
    internalPosition === undefined ? undefined : statements.slice(0, internalPosition).split('\n').length
  const where = line === undefined ? '' : `line ${line}: `
  return new Problem(schemaProblems['sql-refused'], `${where}${message}${detail ? ` (${detail})` : ''}.`, {
    errors: [{ at: `/up${place}`, message: `${where}${message}` }],
    hint: hintOf(error.code),
    cause: error,
  })
}

function hintOf(code: string): string | undefined {
  return code === '42501' || code === '0A000'
    ? 'SQL of migrations reads and writes documents and makes tables, views and functions of its own; collections change by operations.'
    : undefined
}
