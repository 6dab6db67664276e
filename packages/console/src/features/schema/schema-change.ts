import type { CollectionDefinition, FieldDefinition, IndexDefinition } from '@cloudbox/protocol/collection'
import type { Transform } from '@cloudbox/protocol/schema'
import type { SchemaRenames } from '@cloudbox/protocol/schema-replies'

/** A structure somebody wants, and what no comparison with the one there is can tell. */
export interface SchemaChange {
  /** What it is, in a few words: of the dialog, and of the migration. */
  readonly title: string
  readonly collections: CollectionDefinition[]
  readonly renames?: SchemaRenames
  readonly using?: Readonly<Record<string, Transform>>
}

type Collections = readonly CollectionDefinition[]
type Fields = CollectionDefinition['fields']

/** One collection is changed; of a platform's own only what was added is told, so it may be missing. */
function changed(
  collections: Collections,
  name: string,
  change: (collection: CollectionDefinition) => CollectionDefinition,
): CollectionDefinition[] {
  const isThere = collections.some(one => one.name === name)
  return [...collections, ...(isThere ? [] : [{ name, fields: {} }])].map(one =>
    one.name === name ? change(one) : one,
  )
}

export function addField(
  collections: Collections,
  collection: string,
  field: string,
  definition: FieldDefinition,
): SchemaChange {
  return {
    title: `Add ${field} to ${collection}`,
    collections: changed(collections, collection, one => ({
      ...one,
      fields: { ...one.fields, [field]: definition },
    })),
  }
}

/** Changes a field, its name too; the other fields keep their places. */
export function changeField(
  collections: Collections,
  { collection, field, to }: { readonly collection: string; readonly field: string; readonly to: string },
  definition: FieldDefinition,
  transform?: string,
): SchemaChange {
  const renamed = (fields: Fields): Fields =>
    Object.fromEntries(
      Object.entries(fields).map(([name, one]) => (name === field ? [to, definition] : [name, one])),
    )
  return {
    title: to === field ? `Change ${collection}.${field}` : `Rename ${collection}.${field} to ${to}`,
    collections: changed(collections, collection, one => ({ ...one, fields: renamed(one.fields) })),
    ...(to !== field && { renames: { fields: { [collection]: { [field]: to } } } }),
    ...(transform !== undefined &&
      transform.trim() !== '' && { using: { [`${collection}.${to}`]: { cel: transform.trim() } } }),
  }
}

export function dropField(collections: Collections, collection: string, field: string): SchemaChange {
  return {
    title: `Drop ${collection}.${field}`,
    collections: changed(collections, collection, one => {
      const { [field]: _dropped, ...fields } = one.fields
      return { ...one, fields }
    }),
  }
}

export function setIndexes(
  collections: Collections,
  collection: string,
  indexes: IndexDefinition[],
): SchemaChange {
  return {
    title: `Change indexes of ${collection}`,
    collections: changed(collections, collection, one => ({ ...one, indexes })),
  }
}

export function renameCollection(collections: Collections, from: string, to: string): SchemaChange {
  const pointing = (fields: Fields): Fields =>
    Object.fromEntries(
      Object.entries(fields).map(([name, one]) => [name, one.to === from ? { ...one, to } : one]),
    )
  return {
    title: `Rename ${from} to ${to}`,
    collections: collections.map(one => ({
      ...one,
      name: one.name === from ? to : one.name,
      fields: pointing(one.fields),
    })),
    renames: { collections: { [from]: to } },
  }
}

export function dropCollection(collections: Collections, name: string): SchemaChange {
  return { title: `Drop ${name}`, collections: collections.filter(one => one.name !== name) }
}
