import type { Database, Row } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'

/**
 * What Postgres says of the collections' tables of a schema, without what depends on its name or on the order in which
 * columns came.
 */
export async function catalogOf(
  db: Database,
  { schema, role }: { readonly schema: string; readonly role: string },
): Promise<string[]> {
  const tables = await db.query<Row & { name: string; oid: string }>(sql`
    select c.oid, relname as name, relrowsecurity, relreplident, relkind
    from pg_class c join pg_namespace n on n.oid = relnamespace
    where nspname = ${schema} and relkind = 'r' and relname !~ '^(auth|data)_' and relname <> 'users' order by relname`)
  const catalog: string[] = []
  const plain = (rows: readonly Row[]): string[] =>
    rows.map(row => JSON.stringify(row).replaceAll(role, 'R').replaceAll(schema, 'S'))
  for (const { oid, name, ...table } of tables) {
    const columns = await db.query(sql`
      select attname, format_type(atttypid, atttypmod) as type, attnotnull, attgenerated,
        attcollation, pg_get_expr(adbin, adrelid) as expression,
        (select string_agg(grantee::regrole::text || privilege_type, ',' order by privilege_type) from aclexplode(attacl)) as acl
      from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attrelid = ${oid}::oid and attnum > 0 and not attisdropped order by attname`)
    const constraints = await db.query(sql`
      select conname, contype, pg_get_constraintdef(oid) as text from pg_constraint
      where conrelid = ${oid}::oid and contype <> 'n' order by conname`)
    const indexes = await db.query(sql`
      select relname, pg_get_indexdef(indexrelid) as text, indisvalid from pg_index join pg_class c on c.oid = indexrelid
      where indrelid = ${oid}::oid order by relname`)
    const policies = await db.query(sql`
      select polname, polcmd, pg_get_expr(polqual, polrelid) as using, pg_get_expr(polwithcheck, polrelid) as with_check
      from pg_policy where polrelid = ${oid}::oid order by polname`)
    const triggers = await db.query(sql`
      select pg_get_triggerdef(oid) as text, tgenabled from pg_trigger
      where tgrelid = ${oid}::oid and not tgisinternal order by tgname`)
    const grants = await db.query(sql`
      select grantee::regrole::text as grantee, privilege_type from pg_class, aclexplode(relacl)
      where pg_class.oid = ${oid}::oid order by 1, 2`)
    const parts = [[table], columns, constraints, indexes, policies, triggers, grants].flatMap(plain)
    catalog.push(...parts.map(part => `${name} ${part}`))
  }
  return catalog
}

/** Lines of either that the other has not, so that a failing test shows these alone. */
export function differences(found: readonly string[], wanted: readonly string[]): string[] {
  const only = (some: readonly string[], others: readonly string[], mark: string) =>
    some.filter(line => !others.includes(line)).map(line => `${mark} ${line}`)
  return [...only(found, wanted, '+'), ...only(wanted, found, '-')]
}
