import type { FieldDefinition } from '@cloudbox/protocol/collection'
import { extraColumn } from '../collection.ts'
import { fieldTraits } from './field-types.ts'
import { quote, quoteText } from './quote.ts'
import type { Step } from './to-ddl.ts'

/** A field that was unknown until now takes its values out of the column of unknown fields. */
export function moveFromExtra(name: string, field: FieldDefinition, table: string): Step[] {
  const key = quoteText(name)
  return [
    // The documents mean the same as before: they have not been updated.
    { text: `alter table ${table} disable trigger touch_updated_at` },
    {
      text: `update ${table} set ${quote(name)} = ${readJson(field, `${extraColumn} -> ${key}`)},
        ${extraColumn} = ${extraColumn} - ${key} where ${extraColumn} ? ${key}`,
      demand: {
        at: `/fields/${name}/type`,
        message: `documents already have a field ${name}; every one has to be readable as ${field.type}`,
      },
    },
    { text: `alter table ${table} enable trigger touch_updated_at` },
  ]
}

/** Reads a value of a field from a JSON expression. */
export function readJson(field: FieldDefinition, value: string): string {
  const { sql: type } = fieldTraits[field.type]
  if (field.type === 'json') return `nullif(${value}, 'null')`
  if (field.type === 'geopoint') {
    return `point((${value} ->> 'lng')::float8, (${value} ->> 'lat')::float8)`
  }
  const text = `(${value}) #>> '{}'`
  if (!field.list) return `(${text})::${type}`
  return `case jsonb_typeof(${value}) when 'null' then null when 'array' then coalesce(
      (select array_agg(element::${type} order by place)
       from jsonb_array_elements_text(${value}) with ordinality items(element, place)), '{}')
    else array[${text}]::${type}[] end`
}
