import type { FieldDefinition } from '@cloudbox/protocol/collection'
import { parseRegex, regexText } from '@cloudbox/policy/regex'
import { sql, raw, type Sql } from '../../../kernel/sql.ts'
import { sqlTypeOf } from '../collections/field-types.ts'
import { piiKind, type PiiKind } from '../collections/pii.ts'

/** A made-up value in place of a personal one, of the same type and form. */
export function fakeSql(field: FieldDefinition, value: Sql, key: Buffer): Sql {
  const kind = piiKind(field)
  if (kind === undefined) return value
  if (!field.list) return fitting(field, fakeOf(kind, field, value, key))
  // The bounds of a list count its elements.
  const one = fakeOf(kind, {}, sql`element`, key)
  const many = raw(sqlTypeOf(field))
  return sql`case when ${value} is not null then coalesce((select array_agg(${one} order by place)
    from unnest(${value}) with ordinality elements (element, place)), '{}'::${many}) end`
}

function fakeOf(
  kind: PiiKind,
  { min, max }: Pick<FieldDefinition, 'min' | 'max'>,
  value: Sql,
  key: Buffer,
): Sql {
  const secret = sql`${key}::bytea`
  const lengths = sql`${min ?? null}::int, ${max ?? null}::int`
  const bounds = sql`${min ?? null}::numeric, ${max ?? null}::numeric`
  switch (kind) {
    case 'email':
      return sql`cb.fake_email(${value}, ${lengths}, ${secret})`
    case 'url':
      return sql`cb.fake_url(${value}, ${lengths}, ${secret})`
    case 'name':
      return sql`cb.fake_name(${value}, ${lengths}, ${secret})`
    case 'phone':
      return sql`cb.fake_phone(${value}, ${secret})`
    case 'text':
      return sql`cb.fake_text(${value}, ${secret})`
    case 'integer':
      return sql`cb.fake_number(${value}, ${bounds}, ${secret})::bigint`
    case 'decimal':
      return sql`cb.fake_number(${value}, ${bounds}, ${secret})`
    case 'number':
      // Through text: Postgres' own cast cuts a number to 15 digits.
      return sql`cb.fake_number(${value}::text::numeric, ${bounds}, ${secret})::float8`
    case 'date':
      return sql`cb.fake_date(${value}, ${secret})`
    case 'timestamp':
      return sql`cb.fake_timestamp(${value}, ${secret})`
    case 'uuid':
      return sql`cb.fake_uuid(${value}, ${secret})`
    case 'geopoint':
      return sql`cb.fake_point(${value}, ${secret})`
    case 'json':
      return sql`cb.fake_json(${value}, ${secret})`
  }
}

/** A pattern may ask for letters that stand at their place only in real values: then an optional field stays empty. */
function fitting({ pattern }: FieldDefinition, fake: Sql): Sql {
  if (pattern === undefined) return fake
  const regex = parseRegex(`^(${pattern})$`)
  if ('mistake' in regex) return fake
  return sql`(select case when made ~ ${regexText(regex)} then made end from (select ${fake} as made offset 0) fakes)`
}
