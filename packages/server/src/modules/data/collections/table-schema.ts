import type { FieldSchema, TableSchema } from '@cloudbox/policy/schema'
import { extraColumn, type Collection } from '../collection.ts'
import { fieldTraits } from './field-types.ts'
import { quote } from './quote.ts'

const known = new WeakMap<Collection, TableSchema>()

/** A collection as expressions see it. */
export function tableSchema(collection: Collection): TableSchema {
  const before = known.get(collection)
  if (before !== undefined) return before
  const fields: Record<string, FieldSchema> = Object.create(null)
  for (const { name, column, type, list } of collection.fields.values()) {
    fields[name] = { type: fieldTraits[type].value, column, ...(list ? { list } : {}) }
  }
  const schema: TableSchema = {
    name: collection.name,
    table: quote(collection.schema, collection.name),
    fields,
    ...(collection.flexible ? { flexible: { column: extraColumn } } : {}),
  }
  known.set(collection, schema)
  return schema
}
