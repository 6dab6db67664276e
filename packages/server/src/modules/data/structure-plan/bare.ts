import type { CollectionDefinition, FieldDefinition } from '@cloudbox/protocol/collection'
import { indexField } from '../collections/indexes.ts'
import { fieldsRead } from './fields-read.ts'

/** A definition without what ties its table to others or takes a name of the schema: relations, indexes, policies. */
export function bareCollection({ name, flexible, fields }: CollectionDefinition): CollectionDefinition {
  return {
    name,
    ...(flexible ? { flexible } : {}),
    fields: Object.fromEntries(
      Object.entries(fields).map(([field, definition]) => [field, untied(definition)]),
    ),
  }
}

function untied({
  unique: _unique,
  to: _to,
  onDelete: _onDelete,
  ...field
}: FieldDefinition): FieldDefinition {
  return field.type === 'relation' ? { ...field, type: 'uuid' } : field
}

/** A field that takes any values of its type: what it asks of them comes once they are there. */
export function bareField({ type, list, default: preset }: FieldDefinition): FieldDefinition {
  return {
    type:
      type === 'relation' ? 'uuid' : type === 'email' || type === 'url' || type === 'select' ? 'text' : type,
    ...(list ? { list } : {}),
    ...(preset === undefined ? {} : { default: preset }),
  }
}

/** A definition without the computed fields and indexes that read a field, which stays. */
export function withoutReaders(definition: CollectionDefinition, field: string): CollectionDefinition {
  const gone = new Set(
    Object.entries(definition.fields).flatMap(([name, { computed }]) =>
      computed !== undefined && fieldsRead(computed).has(field) ? [name] : [],
    ),
  )
  return withoutNames(definition, gone, new Set([...gone, field]))
}

/** A definition without some fields and without the indexes that hold or read one of those. */
export function withoutNames(
  definition: CollectionDefinition,
  fields: ReadonlySet<string>,
  read: ReadonlySet<string> = fields,
): CollectionDefinition {
  const indexes = (definition.indexes ?? []).filter(
    ({ fields: entries, where }) =>
      !entries.some(entry => read.has(indexField(entry).name)) &&
      !(where !== undefined && [...fieldsRead(where)].some(name => read.has(name))),
  )
  return {
    ...definition,
    fields: Object.fromEntries(Object.entries(definition.fields).filter(([name]) => !fields.has(name))),
    indexes,
  }
}
