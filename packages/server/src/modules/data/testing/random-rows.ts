import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import { extraColumn } from '../collection.ts'
import { sqlTypeOf } from '../collections/field-types.ts'
import { quote, quoteText } from '../collections/quote.ts'

/** Values that other types can sometimes be read from. */
const values: Partial<Record<FieldDefinition['type'], readonly string[]>> = {
  text: ["'12345'", "'abcd'", "'2026-01-31'"],
  email: ["'a@b.de'", "'c@d.fr'"],
  select: ["'a'", "'b'"],
  integer: ['7', '12345'],
  number: ['1.5', '7'],
  decimal: ['1.50', '7'],
  boolean: ['true', 'false'],
  date: ["'2026-01-31'"],
  timestamp: ["'2026-01-31T12:00:00Z'"],
  json: [`'{"a": 1}'`, `'"x"'`, "'7'"],
  uuid: ['gen_random_uuid()'],
  geopoint: ["'(1,2)'"],
}

/** The n-th of many different documents of a collection, as an INSERT; relations stay empty, or point to itself. */
export function insertText(
  schema: string,
  { name, fields, flexible }: CollectionDefinition,
  n: number,
): string {
  const stored = Object.entries(fields).filter(([, { computed }]) => computed === undefined)
  const columns = ['id', ...stored.map(([field]) => quote(field)), ...(flexible ? [extraColumn] : [])]
  const id = `'00000000-0000-7000-8000-${String(n).padStart(12, '0')}'`
  const given = [id, ...stored.map(([, field], i) => valueText(field, id, n + i))]
  const unknown = Object.entries(extras[n % extras.length]!).filter(
    ([field]) => !Object.hasOwn(fields, field),
  )
  if (flexible) given.push(quoteText(JSON.stringify(Object.fromEntries(unknown))))
  return `insert into ${quote(schema, name)} (${columns.join(', ')}) values (${given.join(', ')}) on conflict do nothing`
}

const extras = [{ one: 7, unknown: true }, {}, { two: null, three: 'x' }, { one: '8', four: [1] }]

function valueText(field: FieldDefinition, id: string, n: number): string {
  if (field.type === 'relation') return field.required ? id : n % 2 === 0 ? id : 'null'
  if (!field.required && n % 4 === 3) return 'null'
  const known = values[field.type]!
  const value = known[n % known.length]!
  return field.list ? `array[${value}, ${value}]::${sqlTypeOf(field)}` : value
}
