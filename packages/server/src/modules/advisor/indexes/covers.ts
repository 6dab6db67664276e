import type { CollectionDefinition, IndexDefinition } from '@cloudbox/protocol/collection'

/** Every index a collection has: the author's, and those that come with unique fields and relations. */
export function allIndexes({ fields, indexes = [] }: CollectionDefinition): IndexDefinition[] {
  const implied = Object.entries(fields).flatMap(([name, { unique, type }]): IndexDefinition[] =>
    unique ? [{ fields: [name], unique }] : type === 'relation' ? [{ fields: [name] }] : [],
  )
  return [{ fields: ['id'], unique: true }, ...implied, ...indexes]
}

/** Whether one index can do all that another does: it begins with the same fields, and holds the same documents. */
export function covers(index: IndexDefinition, other: IndexDefinition): boolean {
  const kind = index.kind ?? 'btree'
  if (kind !== (other.kind ?? 'btree') || index.where !== other.where) return false
  if (kind !== 'btree') return other.fields.every(field => index.fields.includes(field))
  if (other.unique && !(index.unique && index.fields.length === other.fields.length)) return false
  return other.fields.every((field, i) => index.fields[i] === field)
}
