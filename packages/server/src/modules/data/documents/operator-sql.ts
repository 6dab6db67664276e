import { raw, sql, type Sql } from '../../../kernel/sql.ts'
import { sqlTypeOf } from '../collections/field-types.ts'
import type { Field } from '../collection.ts'
import type { OperatorName } from './operators.ts'

/** What an operator makes of the stored value; an absent one counts as 0 or as an empty list. */
export function operatorSql(name: OperatorName, field: Field, stored: Sql, operand: Sql): Sql {
  const type = raw(sqlTypeOf(field))
  if (name === '$increment') {
    const before = sql`coalesce(${stored}, 0)`
    return field.type === 'integer'
      ? sql`cb.exact_sum(${before}, ${operand}, ${field.name}::text)`
      : sql`(${before} + ${operand})`
  }
  const before = sql`coalesce(${stored}, '{}'::${type})`
  const within = (list: Sql) => sql`cb.within_elements(${list}, ${field.name}::text)`
  switch (name) {
    case '$append':
      return within(sql`${before} || ${operand}`)
    case '$union':
      return within(
        sql`${before} || array(select u.e from unnest(${operand}) with ordinality u(e, n) where not (u.e = any (${before})) group by u.e order by min(u.n))`,
      )
    case '$remove':
      return sql`array(select u.e from unnest(${before}) with ordinality u(e, n) where not (u.e = any (${operand})) order by u.n)`
  }
}
