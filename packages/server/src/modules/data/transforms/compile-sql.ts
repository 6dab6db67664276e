import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import type { ProblemDetail } from '@cloudbox/protocol/problem'
import { schemaProblems } from '@cloudbox/protocol/schema'
import type { Tx } from '../../../kernel/db.ts'
import { Problem } from '../../../kernel/problem.ts'
import { raw, sql } from '../../../kernel/sql.ts'
import type { PgFailure } from '../../../kernel/wire/pg-failure.ts'
import { sqlTypeOf } from '../collections/field-types.ts'
import { quote } from '../collections/quote.ts'
import { strayInSql } from './sql-expression.ts'

/** A table without rows that is like the collection's, for Postgres to read expressions over. */
const probe = 'pg_temp.data_transform_probe'

/**
 * Lets Postgres read a transform in SQL, and refuses what is more than a computation over the columns of one row. It
 * is read as the condition of a CHECK, which holds no sub-selects, aggregates or sets; every function, operator and type
 * in the tree that Postgres makes of it has to be Postgres' own, and none may have effects, wait, or read anything but
 * what it is given. So it can run with the platform's rights.
 *
 * Answers it as Postgres writes it, for where the `search_path` is `pg_catalog` alone, and the columns it reads.
 * @throws Problem `schema/invalid-transform` with the place
 */
export async function compileSql(
  tx: Tx,
  schema: string,
  { name, fields }: CollectionDefinition,
  { field, after, text }: { readonly field: string; readonly after: FieldDefinition; readonly text: string },
): Promise<{ readonly value: string; readonly reads: readonly string[] }> {
  const refuse = (message: string, options: Omit<Partial<ProblemDetail>, 'message'> = {}): Problem => {
    const detail = { at: `/fields/${field}/using/sql`, message, ...options }
    const told = `${name}: ${detail.at}: ${message}`
    return new Problem(schemaProblems['invalid-transform'], told, { hint: detail.hint, errors: [detail] })
  }
  const place = (start: number, end: number) => ({ at: `/fields/${field}/using/sql[${start}:${end}]` })
  const stray = strayInSql(text)
  if (stray !== undefined) throw refuse(stray.message, place(stray.start, stray.end))

  await tx.script(`
    savepoint transform;
    set local search_path = pg_catalog;
    set local standard_conforming_strings = on;
    create temp table data_transform_probe (like ${quote(schema, name)}) on commit drop`)
  for (const [other, { computed }] of Object.entries(fields))
    if (computed !== undefined) await tx.script(`alter table ${probe} drop column ${quote(other)}`)
  // One statement each, never a script: the text is not ours.
  const read = async (before: string, after: string): Promise<void> => {
    await tx.query(raw(before + text + after)).catch((error: PgFailure) => {
      if (!/^(0A|22|42|54)/.test(error.code)) throw error
      const at = (error.position ?? 0) - before.length - 1
      const message = error.message.replace('check constraint', 'a transform')
      throw refuse(message, at >= 0 && at < text.length ? place(at, at + wordAt(text, at)) : {})
    })
  }
  // A view tells where a mistake is; neither it nor the CHECK runs anything.
  await read('create temp view data_transform_value as select (', `) as value from ${probe}`)
  await read(`alter table ${probe} add constraint reads check ((`, ') is null)')
  const [tree] = await tx.query<{ tree: string; text: string }>(sql`
    select conbin::text as tree, pg_get_expr(conbin, conrelid) as text
    from pg_constraint where conrelid = ${probe}::regclass and conname = 'reads'`)
  const foreign = await foreignParts(tx, tree!.tree)
  if (foreign !== undefined) throw refuse(foreign, { hint: allowedHint })
  await refuseType(tx, after, refuse)
  const reads = await columnsOf(tx, tree!.tree)
  // Nothing of the probe stays, neither the table nor the settings.
  await tx.script('rollback to savepoint transform; release savepoint transform')
  return { value: tree!.text.replace(/^\((.*) IS NULL\)$/s, '$1'), reads }
}

/** Number 0 stands for the whole row. */
async function columnsOf(tx: Tx, tree: string): Promise<string[]> {
  const numbers = [...tree.matchAll(/:varattno (\d+)/g)].map(([, number]) => number!)
  const rows = await tx.query<{ name: string }>(sql`
    select attname as name from pg_attribute where attrelid = ${probe}::regclass and attnum > 0 and not attisdropped
      and (${numbers.includes('0')} or attnum::text = any (${numbers}::text[])) order by attnum`)
  return rows.map(({ name }) => name)
}

const allowedHint =
  'Columns of the document and functions of Postgres that compute from what they are given may be used.'

/** Functions that read the clock, the time zone or nothing at all, although Postgres does not call them immutable. */
const allowedStable =
  /^(age|array_to_json|array_to_string|concat|concat_ws|convert|convert_from|convert_to|extract|format|jsonb?_build_(array|object)|jsonb_path_\w+_tz|length|make_timestamptz|now|numeric|overlaps|pg_input_is_valid|quote_literal|quote_nullable|row_to_json|textanycat|anytextcat|timezone|to_char|to_date|to_json|to_jsonb|to_number|to_timestamp|transaction_timestamp|(date|timestamp|timestamptz|timetz|time|interval)(_\w+)?)$/

/** What an expression uses that is not Postgres' own, or that does more than compute; undefined when there is nothing. */
async function foreignParts(tx: Tx, tree: string): Promise<string | undefined> {
  const [depends] = await tx.query<{ what: string }>(sql`
    select pg_describe_object(refclassid, refobjid, 0) as what from pg_depend
    where classid = 'pg_constraint'::regclass
      and objid = (select oid from pg_constraint where conrelid = ${probe}::regclass and conname = 'reads')
      and not (refclassid = 'pg_class'::regclass and refobjid = ${probe}::regclass) limit 1`)
  if (depends !== undefined) return `${depends.what} is not part of Postgres itself`
  const oids = (pattern: RegExp): string[] => [...tree.matchAll(pattern)].map(([, oid]) => oid!)
  const called = await tx.query<{ name: string; own: boolean; volatility: string }>(sql`
    select distinct proname as name, pronamespace = 'pg_catalog'::regnamespace as own, provolatile as volatility
    from pg_proc where oid::text = any (${oids(/:\w*funcid (\d+)/g)}::text[])
      or oid in (select oprcode from pg_operator where oid::text = any (${oids(/:opno (\d+)/g)}::text[]))`)
  for (const { name, own, volatility } of called) {
    if (!own) return `${name}() is not part of Postgres itself`
    if (volatility === 'v') return `${name}() does more than compute a value`
    if (volatility === 's' && !allowedStable.test(name))
      return `${name}() reads more than the document it is given`
  }
  return undefined
}

/** The value has to be of the new type, or of one that every value of fits into it. */
async function refuseType(
  tx: Tx,
  after: FieldDefinition,
  refuse: (message: string, options?: Omit<Partial<ProblemDetail>, 'message'>) => Problem,
): Promise<void> {
  const type = sqlTypeOf(after)
  const [value] = await tx.query<{ type: string; fits: boolean }>(sql`
    select format_type(atttypid, null) as type, atttypid = ${type}::regtype or exists (select from pg_cast
      where castsource = atttypid and casttarget = ${type}::regtype and castcontext = 'i') as fits
    from pg_attribute where attrelid = 'pg_temp.data_transform_value'::regclass and attnum = 1`)
  if (value!.fits) return
  throw refuse(`it gives ${value!.type}, and ${after.type} is kept as ${type}`, {
    hint: `Say how it becomes one, e.g. (…)::${type}.`,
  })
}

function wordAt(text: string, at: number): number {
  return Math.max(1, /^[\w"]+/.exec(text.slice(at))?.[0].length ?? 1)
}
